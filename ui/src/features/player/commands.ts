/** Keys of the player; most act while somebody types, so that the hands stay where they are. */
import { clock } from '../../lib/time';
import { timeAt, utteranceAtTime } from '../../state/document/words';
import type { DocumentState } from '../../state/document.svelte';
import type { Command } from '../../state/keys.svelte';
import type { PlayerState } from '../../state/player.svelte';

/** The commands of the player bar; `goto` asks for a time. */
export function playerCommands(doc: DocumentState, player: PlayerState, goto: () => void): Command[] {
  const command = (id: string, label: Command['label'], keys: string[], run: Command['run']): Command => {
    return { id: `player.${id}`, label, keys, inText: true, run: () => (player.ready ? run() : false) };
  };
  const skip = (ms: number) => () => player.skip(ms);
  return [
    { ...command('space', 'editing.play_space', ['Space'], () => !onControl() && (player.toggle(), true)), inText: false },
    command('play', 'editing.play', ['F4', 'Ctrl+Space'], () => player.toggle()),
    command('back', 'editing.back', ['Alt+ArrowLeft'], skip(-5_000)),
    command('forward', 'editing.forward', ['Alt+ArrowRight'], skip(5_000)),
    command('back_little', 'editing.back_little', ['Alt+Shift+ArrowLeft'], skip(-1_000)),
    command('forward_little', 'editing.forward_little', ['Alt+Shift+ArrowRight'], skip(1_000)),
    command('previous', 'editing.previous', ['Ctrl+ArrowUp'], () => toUtterance(doc, player, -1)),
    command('following', 'editing.following', ['Ctrl+ArrowDown'], () => toUtterance(doc, player, 1)),
    command('faster', 'editing.faster', ['Alt+ArrowUp'], () => player.step(1)),
    command('slower', 'editing.slower', ['Alt+ArrowDown'], () => player.step(-1)),
    command('normal', 'editing.normal', ['Alt+0'], () => player.rate(1)),
    command('loop', 'editing.loop', ['Ctrl+L'], () => (player.heard.loop ? player.loop(null) : loopUtterance(doc, player))),
    command('caret', 'editing.caret', ['Ctrl+J'], () => {
      const said = doc.utterance(doc.place.active);
      if (!said) return false;
      player.play(timeAt(said, doc.place.offset));
      return true;
    }),
    command('goto', 'editing.goto', ['Ctrl+G'], goto),
    command('insert_time', 'editing.insert_time', ['Ctrl+T'], () => insertTime(doc, player)),
  ];
}

/** Escape is the last to act: after menus, the find bar and the selection. */
export const playOnEscape = (player: PlayerState): Command => ({
  id: 'player.escape',
  label: 'editing.play',
  keys: ['Escape'],
  inText: true,
  run: () => (player.ready ? player.toggle() : false),
});

/** Loops what has the caret, else what is heard. */
export function loopUtterance(doc: DocumentState, player: PlayerState): void {
  const all = doc.document?.utterances ?? [];
  const said = doc.utterance(doc.place.active) ?? all[utteranceAtTime(all, player.position)];
  if (!said) return;
  player.loop({ start_ms: said.start_ms, end_ms: said.end_ms });
  if (player.position < said.start_ms || player.position >= said.end_ms) player.seek(said.start_ms);
}

/** Goes to the utterance before or behind, with the sound and, where it was in the text, the caret. */
function toUtterance(doc: DocumentState, player: PlayerState, way: 1 | -1): void {
  const all = doc.document?.utterances ?? [];
  const now = utteranceAtTime(all, player.position);
  const next = all[Math.max(0, now + way)];
  if (!next) return;
  player.seek(next.start_ms);
  player.follow = true;
  if (doc.place.active === null) doc.place.reveal({ utterance: next.id }, 'sight');
  else doc.place.focus(next.id, 0);
}

/** Whether the focus is on something that Space presses. */
function onControl(): boolean {
  return document.activeElement?.matches('button, a, summary, select, input, [role=menuitem]') ?? false;
}

/** Writes the present time at the caret. */
function insertTime(doc: DocumentState, player: PlayerState): boolean {
  if (!doc.editable || !(document.activeElement instanceof HTMLElement) || !document.activeElement.isContentEditable) return false;
  return document.execCommand('insertText', false, `[${clock(player.second * 1000)}]`);
}
