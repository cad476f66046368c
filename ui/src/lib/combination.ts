/** Key combinations: `Ctrl+Shift+F` read, compared with a key press, and written as people see it. */

import { t, type Key } from '../i18n';

export interface Combination {
  ctrl: boolean;
  alt: boolean;
  shift: boolean;
  /** `f`, `F8`, `ArrowLeft`, `,`, `Space`. */
  key: string;
}

export const isMac = (): boolean => navigator.userAgent.includes('Macintosh');

/** Reads `Ctrl+Shift+F`; the last part is the key, and may be a plus itself: `Ctrl++`. */
export function parse(text: string): Combination {
  const key = text.endsWith('+') ? '+' : text.slice(text.lastIndexOf('+') + 1);
  const modifiers = text.slice(0, text.length - key.length).split('+');
  return {
    ctrl: modifiers.includes('Ctrl'),
    alt: modifiers.includes('Alt'),
    shift: modifiers.includes('Shift'),
    key: key.length === 1 ? key.toLowerCase() : key,
  };
}

/** Whether a key press is this combination. Ctrl is ⌘ on macOS. */
export function matches(combination: Combination, event: KeyboardEvent, mac: boolean): boolean {
  const ctrl = mac ? event.metaKey : event.ctrlKey;
  const other = mac ? event.ctrlKey : event.metaKey;
  if (other || ctrl !== combination.ctrl || event.altKey !== combination.alt) return false;
  const key = keyOf(event);
  // Signs such as + need Shift on some layouts and none on others.
  const free = combination.key.length === 1 && !/[\p{L}\d]/u.test(combination.key);
  return key === combination.key && (free || event.shiftKey === combination.shift);
}

/** The key of a press; for letters and digits the place on the keyboard where the layout gives another script. */
function keyOf(event: KeyboardEvent): string {
  if (event.key === ' ') return 'Space';
  const place = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1]?.toLowerCase();
  // Shift and a digit give a sign that differs by layout; a Cyrillic or Greek layout gives no Latin letter.
  if (place !== undefined && (/\d/.test(place) ? event.ctrlKey || event.metaKey || event.altKey : !/^[a-z]$/i.test(event.key))) {
    return place;
  }
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

/** The combination that a press makes, to be kept; null for a modifier alone and for AltGr. */
export function pressed(event: KeyboardEvent, mac = isMac()): string | null {
  const key = keyOf(event);
  if (['Control', 'Alt', 'Shift', 'Meta', 'AltGraph', 'CapsLock', 'Dead', 'Process'].includes(key)) return null;
  const ctrl = mac ? event.metaKey : event.ctrlKey;
  // Ctrl Alt and a letter is what AltGr sends: it writes signs.
  if (ctrl && event.altKey && !mac && key.length === 1) return null;
  const parts = [ctrl && 'Ctrl', event.altKey && 'Alt', event.shiftKey && 'Shift'].filter((p) => p !== false);
  return [...parts, key.length === 1 ? key.toUpperCase() : key].join('+');
}

const SIGNS: Record<string, string> = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc' };
/** Keys whose names differ by language. */
const NAMES: Record<string, Key> = { Ctrl: 'key.ctrl', Shift: 'key.shift', Delete: 'key.delete', Space: 'key.space', Enter: 'key.enter' };
const MAC_SIGNS: Record<string, string> = { Ctrl: '⌘', Alt: '⌥', Shift: '⇧' };

/** `Ctrl Shift F`, and `⇧⌘F` on macOS. */
export function shown(text: string, mac = isMac()): string {
  const { ctrl, alt, shift, key } = parse(text);
  const named = (part: string) => (NAMES[part] ? t(NAMES[part]) : part);
  const name = SIGNS[key] ?? (key.length === 1 ? key.toUpperCase() : named(key));
  const parts = (mac ? [alt && 'Alt', shift && 'Shift', ctrl && 'Ctrl'] : [ctrl && 'Ctrl', alt && 'Alt', shift && 'Shift']).filter(
    (p) => p !== false,
  );
  return mac ? parts.map((p) => MAC_SIGNS[p] ?? p).join('') + name : [...parts.map(named), name].join(' ');
}

