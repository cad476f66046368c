/** The gauge: asked often while something works or somebody looks closely, rarely else, and never while the window is hidden. */
import type { Card, Gauge, ProgramBackend } from '../backend';

/** How often it is asked while a job runs or the panel is open, and else. */
const OFTEN_MS = 450;
const RARELY_MS = 3_000;
/** With reduced motion it is shown so often: values, not a movement. */
const CALM_MS = 2_000;
/** What the line shows. */
export const LINE_MS = 60_000;
/** Two looks further apart than this were not one after the other: the window was hidden between. */
const APART_MS = 2 * RARELY_MS + 1_000;

/** What was seen at a moment of `performance.now()`. */
export interface Sample {
  at: number;
  gauge: Gauge;
}

export class GaugeState {
  /** Null until it was read, and where it cannot be. */
  now = $state.raw<Gauge | null>(null);
  /** What was seen within the last minute, the newest last. */
  samples = $state.raw<readonly Sample[]>([]);
  #seen: Sample[] = [];
  #shownAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #often = false;
  #watching = false;
  /** Numbers the looks, so that one that answers late is not taken for the next. */
  #look = 0;

  constructor(private readonly program: Pick<ProgramBackend, 'gauge'>) {}

  /** Looks from now on, until the returned function is called. */
  watch(): () => void {
    this.#watching = true;
    const seen = () => (document.hidden ? this.#rest() : void this.#ask());
    document.addEventListener('visibilitychange', seen);
    seen();
    return () => {
      this.#watching = false;
      document.removeEventListener('visibilitychange', seen);
      this.#rest();
    };
  }

  /** Whether a job runs or the panel is open. */
  often(on: boolean): void {
    if (on === this.#often) return;
    this.#often = on;
    if (on && this.#watching && !document.hidden) void this.#ask();
  }

  #rest(): void {
    this.#look += 1;
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    this.#rest();
    const look = this.#look;
    let gauge: Gauge | null;
    try {
      gauge = await this.program.gauge();
    } catch {
      // A gauge that cannot be read is left out; nothing that somebody does depends on it.
      gauge = null;
    }
    if (look !== this.#look) return;
    this.#take(gauge, performance.now());
    this.#timer = setTimeout(() => void this.#ask(), this.#often ? OFTEN_MS : RARELY_MS);
  }

  #take(gauge: Gauge | null, at: number): void {
    if (gauge) this.#seen = [...this.#seen.filter((s) => at - s.at <= LINE_MS), { at, gauge }];
    const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (calm && gauge && this.now && at - this.#shownAt < CALM_MS) return;
    this.#shownAt = at;
    this.now = gauge;
    this.samples = this.#seen;
  }
}

/** Bytes that are taken, by whomever. */
export const used = (card: Card): number => Math.max(0, card.memory_total - card.memory_free);

/** Bytes that others take, what the driver keeps included. */
export const others = (card: Card): number => Math.max(0, used(card) - (card.memory_ours ?? 0));

/** Whether its memory can be shown. */
export const readable = (card: Card): boolean => card.problem === null && card.memory_total > 0;

/** The card of the status bar: the one that works, else the first that can be read. */
export function mainCard(gauge: Gauge): Card | undefined {
  const cards = gauge.cards.filter(readable);
  return cards.find((card) => gauge.device?.includes(card.name)) ?? cards[0];
}

/** A point of a line: age in ms, and height, 0 to 1. */
export type Point = [age: number, height: number];

/** The stretches of a line that were seen without a pause; `height` gives null where there is nothing to show. */
export function stretches(samples: readonly Sample[], height: (gauge: Gauge) => number | null): Point[][] {
  const end = samples.at(-1)?.at ?? 0;
  const lines: Point[][] = [];
  let last = -Infinity;
  for (const { at, gauge } of samples) {
    const value = height(gauge);
    if (value === null) {
      last = -Infinity;
      continue;
    }
    if (at - last > APART_MS) lines.push([]);
    lines.at(-1)?.push([end - at, Math.min(1, Math.max(0, value))]);
    last = at;
  }
  return lines;
}

/** The highest value within the line; null where there is none. */
export function highest(samples: readonly Sample[], value: (gauge: Gauge) => number | null): number | null {
  return samples.reduce<number | null>((most, { gauge }) => {
    const here = value(gauge);
    return here === null ? most : Math.max(most ?? here, here);
  }, null);
}
