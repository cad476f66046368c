import { beforeEach, describe, expect, it, vi } from 'vitest';
import { matches, parse, pressed, shown } from '../lib/combination';
import { isText, Keys, type Command } from './keys.svelte';

const event = (key: string, more: KeyboardEventInit & { on?: HTMLElement } = {}): KeyboardEvent => {
  const made = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more });
  (more.on ?? document.body).dispatchEvent(made);
  return made;
};

describe('combinations', () => {
  it('are read, a plus included', () => {
    expect(parse('Ctrl+Shift+F')).toEqual({ ctrl: true, alt: false, shift: true, key: 'f' });
    expect(parse('Ctrl++')).toEqual({ ctrl: true, alt: false, shift: false, key: '+' });
    expect(parse('Alt+ArrowLeft').key).toBe('ArrowLeft');
  });

  it('match the press, whatever the layout makes of signs, digits and letters', () => {
    const fits = (text: string, key: string, more: KeyboardEventInit = {}, mac = false) => matches(parse(text), event(key, more), mac);
    expect(fits('Ctrl+O', 'o', { ctrlKey: true })).toBe(true);
    expect(fits('Ctrl+O', 'o', { ctrlKey: true, shiftKey: true })).toBe(false);
    expect(fits('Ctrl+O', 'o', { metaKey: true })).toBe(false);
    expect(fits('Ctrl+O', 'o', { metaKey: true }, true)).toBe(true);
    expect(fits('Ctrl++', '+', { ctrlKey: true, shiftKey: true })).toBe(true);
    // A Russian layout, and Shift with a digit.
    expect(fits('Ctrl+O', 'щ', { ctrlKey: true, code: 'KeyO' })).toBe(true);
    expect(fits('Ctrl+Shift+1', '!', { ctrlKey: true, shiftKey: true, code: 'Digit1' })).toBe(true);
    // AZERTY: the place says Q, the key A, and the key counts.
    expect(fits('Ctrl+A', 'a', { ctrlKey: true, code: 'KeyQ' })).toBe(true);
    expect(fits('Ctrl+Space', ' ', { ctrlKey: true })).toBe(true);
  });

  it('are written as people see them', () => {
    expect(shown('Ctrl+Shift+F', false)).toBe('Ctrl Shift F');
    expect(shown('Ctrl+Shift+F', true)).toBe('⇧⌘F');
    expect(shown('Alt+ArrowLeft', false)).toBe('Alt ←');
  });

  it('are taken from a press, but not from AltGr or a modifier alone', () => {
    expect(pressed(event('b', { ctrlKey: true, shiftKey: true }), false)).toBe('Ctrl+Shift+B');
    expect(pressed(event('Control', { ctrlKey: true }), false)).toBeNull();
    expect(pressed(event('€', { ctrlKey: true, altKey: true }), false)).toBeNull();
  });
});

describe('keys', () => {
  const run = vi.fn<() => boolean | void>();
  const command = (id: string, keys: string[], more: Partial<Command> = {}): Command => ({
    id, label: 'command.add', keys, inText: false, run, ...more,
  });
  const press = (keys: Keys, key: string, more: KeyboardEventInit & { on?: HTMLElement } = {}) => keys.press(event(key, more));
  beforeEach(() => run.mockReset());

  it('run the newest command first, and the next where it does nothing', () => {
    const keys = new Keys();
    const older = vi.fn();
    keys.register([command('a', ['F8'], { run: older })]);
    const forget = keys.register([command('b', ['F8'])]);
    run.mockReturnValueOnce(false);
    expect(press(keys, 'F8')).toBe(true);
    expect([run.mock.calls.length, older.mock.calls.length]).toEqual([1, 1]);
    press(keys, 'F8');
    expect([run.mock.calls.length, older.mock.calls.length]).toEqual([2, 1]);
    forget();
    press(keys, 'F8');
    expect(older).toHaveBeenCalledTimes(2);
    expect(keys.known.map((c) => c.id)).toEqual(['a', 'b']);
  });

  it('leave those alone who type, unless the command is for them', () => {
    const keys = new Keys();
    keys.register([command('a', ['F8']), command('b', ['Ctrl+B'], { inText: true })]);
    const field = document.body.appendChild(document.createElement('textarea'));
    expect(press(keys, 'F8', { on: field })).toBe(false);
    expect(press(keys, 'b', { on: field, ctrlKey: true })).toBe(true);
    expect(isText(document.createElement('button'))).toBe(false);
    field.remove();
  });

  it('do nothing while an input method composes', () => {
    const keys = new Keys();
    keys.register([command('a', ['Enter'], { inText: true })]);
    expect(press(keys, 'Enter', { isComposing: true })).toBe(false);
    expect(run).not.toHaveBeenCalled();
  });

  it('follow the person’s changes, show them, and find clashes', () => {
    const changed = { a: 'Ctrl+K', c: '' };
    const keys = new Keys(() => changed);
    keys.register([command('a', ['F2']), command('b', ['Ctrl+K']), command('c', ['F3'])]);
    expect(keys.hint('a')).toBe('Ctrl K');
    expect(keys.hint('c')).toBe('');
    expect(keys.hint('nobody')).toBe('');
    expect(press(keys, 'F2')).toBe(false);
    expect(press(keys, 'F3')).toBe(false);
    expect(keys.clashes.map((clash) => [clash.keys, clash.commands.map((c) => c.id)])).toEqual([['Ctrl K', ['a', 'b']]]);
  });
});
