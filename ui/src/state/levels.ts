/** Levels of the sound that is recorded, for the meter: it draws by itself, so that nothing else follows ten changes a second. */
import type { RecorderState } from '../backend';

/** dB of full scale where the meter begins. */
export const FLOOR_DB = -60;
/** What the wave shows: 40 s at ten values a second. */
const KEPT = 400;
/** The peak's line stays so long. */
const HOLD_MS = 2_000;
/** Over so many of the last values it is judged whether somebody speaks loud enough: 10 s. */
const JUDGED = 100;

export class Levels {
  /** RMS and peak of the last 300 ms; null where nothing is open. */
  level: number | null = null;
  peak: number | null = null;
  /** When a sample was last at full scale, by `performance.now()`; null: never. */
  clippedAt: number | null = null;
  /** Peaks of what was recorded, the newest last. */
  readonly history: number[] = [];
  /** Counts the values, so that a drawing knows whether there is something new. */
  count = 0;
  #clipped = 0;
  #hold = { db: -Infinity, at: -Infinity };
  #recent: number[] = [];

  take(state: RecorderState, now = performance.now()): void {
    this.level = state.level_db;
    this.peak = state.peak_db;
    this.count += 1;
    if (state.clipped > this.#clipped) this.clippedAt = now;
    this.#clipped = state.clipped;
    if (state.peak_db === null) return;
    if (state.peak_db >= this.hold(now)) this.#hold = { db: state.peak_db, at: now };
    this.#recent = [...this.#recent, state.peak_db].slice(-JUDGED);
    if (state.phase !== 'recording') return;
    this.history.push(state.peak_db);
    if (this.history.length > KEPT) this.history.shift();
  }

  /** The highest peak of the last two seconds in dB. */
  hold(now = performance.now()): number {
    return now - this.#hold.at < HOLD_MS ? this.#hold.db : (this.peak ?? -Infinity);
  }

  /** The highest peak of the last ten seconds in dB. */
  loudest(): number {
    return Math.max(-Infinity, ...this.#recent);
  }

  clear(): void {
    this.history.length = 0;
    this.#recent = [];
    this.#clipped = 0;
    this.clippedAt = null;
  }
}

/** Where a level stands on the meter, 0 to 1. */
export const place = (db: number): number => Math.min(1, Math.max(0, (db - FLOOR_DB) / -FLOOR_DB));
