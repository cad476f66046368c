import { describe, expect, it } from 'vitest';
import type { Recording, RecordingState } from '../backend';
import { neighbour, queued, readyIn } from '../features/queue/order';
import { parseSpeakers, speakersText } from './jobs';
import { pastedPaths } from './paste';
import { scrollTo, stack, visible } from './window';

describe('rows of a long list', () => {
  const { rows, total } = stack(Array.from({ length: 1000 }, (_, i) => i), () => 50);

  it('are those in view and a little more', () => {
    expect(total).toBe(50_000);
    expect(visible(rows, 10_000, 500, 100).map((r) => r.item)).toEqual(Array.from({ length: 16 }, (_, i) => 197 + i));
    expect(visible(rows, 0, 100, 0).map((r) => r.item)).toEqual([0, 1, 2]);
    expect(visible([], 0, 100)).toEqual([]);
  });

  it('scroll only as far as they must', () => {
    const row = { top: 500, height: 50 };
    expect(scrollTo(row, 400, 200)).toBeNull();
    expect(scrollTo(row, 600, 200)).toBe(500);
    expect(scrollTo(row, 0, 200)).toBe(350);
  });
});

describe('pasted files', () => {
  const pasted = (text: string) => pastedPaths({ getData: (type: string) => (type === 'text/plain' ? text : '') } as DataTransfer);

  it('are addresses or absolute paths, one a line', () => {
    expect(pasted('copy\nfile:///home/me/a%20b.wav\r\nfile:///home/me/c.wav')).toEqual(['/home/me/a b.wav', '/home/me/c.wav']);
    expect(pasted('file:///C:/talk.wav')).toEqual(['C:/talk.wav']);
    expect(pasted('C:\\talk.wav')).toEqual(['C:\\talk.wav']);
  });

  it('are not words that somebody copied', () => {
    expect(pasted('the summer of 2019')).toEqual([]);
    expect(pasted('/home/me/a.wav\nand more')).toEqual([]);
    expect(pasted('// a comment')).toEqual([]);
    expect(pasted('file://%zz')).toEqual([]);
    expect(pastedPaths(null)).toEqual([]);
  });
});

it('how many people speak is written and read the same way', () => {
  for (const text of ['auto', 'off', '3', '2-5']) expect(speakersText(parseSpeakers(text))).toBe(text);
  expect(parseSpeakers('')).toEqual({ kind: 'auto' });
});

describe('the queue', () => {
  const at = (id: string, state: RecordingState['kind'], more: Partial<Recording> = {}) =>
    ({ id, state: { kind: state, fraction: 0.5, seconds_left: 60 }, added_at: '2026-03-18T10:00', position: null, duration_ms: 60_000, ...more }) as Recording;

  it('has what runs first, then what needs a person, then what waits in its order', () => {
    const all = [
      at('old', 'done'), at('b', 'waiting', { position: 3 }), at('a', 'waiting', { position: 2 }), at('new', 'done'), at('f', 'failed'),
      at('r', 'running'), at('n', 'none'),
    ];
    expect(queued(all, new Set(['new'])).map((r) => r.id)).toEqual(['r', 'f', 'a', 'b', 'new']);
  });

  it('tells when a job will be ready only as far as that can be known', () => {
    const known = [at('r', 'running'), at('a', 'waiting'), at('b', 'waiting', { duration_ms: null }), at('c', 'waiting')];
    expect([...readyIn(known)]).toEqual([['a', 180]]);
    expect(readyIn([at('a', 'waiting')]).size).toBe(0);
  });

  it('moves by one place and not over the ends', () => {
    const waiting = [at('a', 'waiting'), at('b', 'waiting'), at('c', 'waiting')];
    expect(neighbour(waiting, 'c', -1)).toBe('b');
    expect(neighbour(waiting, 'a', 1)).toBe('c');
    expect(neighbour(waiting, 'b', 1)).toBeNull();
    expect(neighbour(waiting, 'a', -1)).toBeUndefined();
    expect(neighbour(waiting, 'c', 1)).toBeUndefined();
  });
});
