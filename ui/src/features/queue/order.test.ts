import { describe, expect, it } from 'vitest';
import type { Recording, RecordingState } from '../../backend';
import { neighbour, queued, readyIn } from './order';

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
