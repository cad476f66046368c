import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Card, Gauge } from '../backend';
import { machine } from '../backend/memory/gauge';
import { GaugeState, highest, mainCard, others, stretches, used, type Sample } from './gauge.svelte';

let hidden = false;
let calm = false;
beforeEach(() => {
  vi.useFakeTimers();
  [hidden, calm] = [false, false];
  vi.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden);
  vi.spyOn(window, 'matchMedia').mockImplementation((query) => ({ matches: calm, media: query }) as MediaQueryList);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const hide = (on: boolean) => {
  hidden = on;
  document.dispatchEvent(new Event('visibilitychange'));
};

describe('looking at the gauge', () => {
  const gauge = vi.fn(async (): Promise<Gauge> => machine('one card'));
  let state: GaugeState;
  let stop: () => void;
  /** Looks within a time. */
  const looks = async (ms: number) => {
    gauge.mockClear();
    await vi.advanceTimersByTimeAsync(ms);
    return gauge.mock.calls.length;
  };
  beforeEach(async () => {
    gauge.mockImplementation(async () => machine('one card'));
    state = new GaugeState({ gauge });
    stop = state.watch();
    await vi.advanceTimersByTimeAsync(0);
  });
  afterEach(() => stop());

  it('happens every three seconds, and at least twice a second while something works', async () => {
    expect(state.now?.cards).toHaveLength(1);
    expect(await looks(9_000)).toBe(3);
    state.often(true);
    expect(await looks(4_500)).toBe(10);
    state.often(false);
    await looks(450);
    expect(await looks(6_000)).toBe(2);
  });

  it('never happens while the window is hidden, and at once when it is back', async () => {
    state.often(true);
    await looks(0);
    hide(true);
    state.often(false);
    state.often(true);
    expect(await looks(60_000)).toBe(0);
    hide(false);
    expect(gauge).toHaveBeenCalledTimes(1);
    expect(await looks(900)).toBe(2);
    stop();
    hide(true);
    hide(false);
    expect(await looks(60_000)).toBe(0);
  });

  it('takes no answer that came after the window was hidden', async () => {
    let answer: (gauge: Gauge) => void = () => {};
    gauge.mockImplementation(() => new Promise((give) => (answer = give)));
    await vi.advanceTimersByTimeAsync(3_000);
    hide(true);
    answer(machine('four cards'));
    expect(await looks(10_000)).toBe(0);
    expect(state.now?.cards).toHaveLength(1);
  });

  it('keeps one minute', async () => {
    await looks(200_000);
    const ages = state.samples.map((s) => performance.now() - s.at);
    expect(Math.max(...ages)).toBeLessThanOrEqual(63_000);
    expect(state.samples).toHaveLength(21);
  });

  it('shows nothing where it is refused, and goes on asking', async () => {
    gauge.mockImplementation(() => Promise.reject(new Error('gone')));
    await looks(3_000);
    expect(state.now).toBeNull();
    gauge.mockImplementation(async () => machine('no card'));
    await looks(3_000);
    expect(state.now?.cards).toEqual([]);
  });

  it('shows a change once in two seconds where somebody wants no motion, and loses none of the line', async () => {
    calm = true;
    state.often(true);
    let shown = 0;
    let last = state.now;
    for (let i = 0; i < 100; i++) {
      await vi.advanceTimersByTimeAsync(90);
      if (state.now !== last) shown += 1;
      last = state.now;
    }
    expect(shown).toBeGreaterThanOrEqual(3);
    expect(shown).toBeLessThanOrEqual(5);
    expect(state.samples.length).toBeGreaterThan(15);
  });
});

describe('what the gauge says', () => {
  const [card] = machine('one card').cards as [Card];

  it('gives to others what is neither free nor of this program', () => {
    expect([used(card), others(card)]).toEqual([6.8e9, 3.7e9].map((n) => expect.closeTo(n, -3)));
    expect(others({ ...card, memory_ours: null })).toBeCloseTo(6.8e9, -3);
    expect(used({ ...card, memory_free: 20e9 })).toBe(0);
  });

  it('shows the card that works, else the first that can be read', () => {
    const four = machine('four cards');
    expect(mainCard(four)?.name).toBe('NVIDIA GeForce RTX 4070');
    expect(mainCard({ ...four, device: 'NVIDIA H200, half precision' })?.name).toBe('NVIDIA H200');
    expect(mainCard({ ...four, cards: four.cards.slice().reverse() })?.name).toBe('Intel UHD Graphics 770');
    expect(mainCard(machine('lost card'))).toBeUndefined();
    expect(mainCard(machine('no card'))).toBeUndefined();
  });

  it('breaks the line where nobody looked and where there was nothing to see', () => {
    const at = (seconds: number, processor: number): Sample => {
      const gauge = machine('no card');
      return { at: seconds * 1000, gauge: { ...gauge, usage: { ...gauge.usage, processor } } };
    };
    const load = (gauge: Gauge) => (gauge.usage.processor < 0 ? null : gauge.usage.processor);
    const samples = [at(0, 0.5), at(3, 2), at(30, 0.1), at(33, -1), at(36, 0.2)];
    expect(stretches(samples, load)).toEqual([[[36_000, 0.5], [33_000, 1]], [[6_000, 0.1]], [[0, 0.2]]]);
    expect(highest(samples, load)).toBe(2);
    expect(highest([], load)).toBeNull();
  });
});
