/** The order of the queue, and when a waiting job will be done. */
import type { Recording } from '../../backend';

const ORDER = { running: 0, failed: 1, cancelled: 1, paused: 1, waiting: 2, done: 3, none: 3 };

/** What runs, what needs a person, what waits in its order, what was finished since the program was started. */
export function queued(recordings: Recording[], finished: ReadonlySet<string>): Recording[] {
  const place = (r: Recording) => r.position ?? Date.parse(r.added_at);
  const shown = recordings.filter((r) => {
    if (r.state.kind === 'done') return finished.has(r.id);
    return r.state.kind !== 'none';
  });
  return shown.sort((a, b) => {
    const order = ORDER[a.state.kind] - ORDER[b.state.kind];
    if (order !== 0) return order;
    return a.state.kind === 'waiting' ? place(a) - place(b) : Date.parse(b.added_at) - Date.parse(a.added_at);
  });
}

/** Seconds until each waiting job is done, guessed from how fast the running one goes; nothing where that is not known. */
export function readyIn(queue: Recording[]): Map<string, number> {
  const running = queue.find((r) => r.state.kind === 'running');
  const ready = new Map<string, number>();
  if (running?.state.kind !== 'running' || !running.duration_ms) return ready;
  const { seconds_left, fraction } = running.state;
  if (seconds_left === null || fraction < 0.05 || fraction >= 1) return ready;
  const perMs = seconds_left / (1 - fraction) / running.duration_ms;
  let at = seconds_left;
  for (const waiting of queue.filter((r) => r.state.kind === 'waiting')) {
    if (waiting.duration_ms === null) break;
    at += waiting.duration_ms * perMs;
    ready.set(waiting.id, at);
  }
  return ready;
}

/** Before which job a waiting one is put when it moves by a step; undefined where it cannot. */
export function neighbour(waiting: Recording[], id: string, step: -1 | 1): string | null | undefined {
  const at = waiting.findIndex((r) => r.id === id);
  const to = at + step;
  if (at < 0 || to < 0 || to >= waiting.length) return undefined;
  return step < 0 ? waiting[to]?.id : (waiting[to + 1]?.id ?? null);
}
