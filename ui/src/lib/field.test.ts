import { describe, expect, it, vi } from 'vitest';
import { endField } from './field';

describe('a field that opens in place', () => {
  const press = (init: KeyboardEventInit) => {
    const event = new KeyboardEvent('keydown', { cancelable: true, bubbles: true, ...init });
    const [keep, giveUp] = [vi.fn(), vi.fn()];
    endField(event, keep, giveUp);
    return [keep.mock.calls.length, giveUp.mock.calls.length, event.defaultPrevented];
  };

  it('ends by Enter and Escape, and no other control hears them', () => {
    expect(press({ key: 'Enter' })).toEqual([1, 0, true]);
    expect(press({ key: 'Escape' })).toEqual([0, 1, true]);
    expect(press({ key: 'a' })).toEqual([0, 0, false]);
  });

  it('leaves Enter to an input method that composes', () => {
    expect(press({ key: 'Enter', isComposing: true })).toEqual([0, 0, false]);
  });
});
