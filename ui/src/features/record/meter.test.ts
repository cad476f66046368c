import { describe, expect, it } from 'vitest';
import { MemoryBackend } from '../../backend/memory';
import type { RecorderState, RecorderWarning } from '../../backend';
import { Levels, place } from '../../state/levels';
import { drawMeter, drawWave } from './draw';
import { Aloud, CLIPPING_SAID_MS } from './warnings';

const state = (change: Partial<RecorderState>): RecorderState => ({ ...new MemoryBackend().recorder.now, ...change });
const COLOURS = { wave: 'wave', track: 'track', good: 'good', loud: 'loud', over: 'over', line: 'line' };

/** What is filled on a canvas: colour, from, to. */
function canvas() {
  const filled: [string, number, number][] = [];
  const context = {
    fillStyle: '', globalAlpha: 1, clearRect: () => {},
    fillRect(x: number, _y: number, width: number) {
      filled.push([`${this.fillStyle}${this.globalAlpha < 1 ? ' pale' : ''}`, Math.round(x), Math.round(x + width)]);
    },
  };
  return { filled, context: context as unknown as CanvasRenderingContext2D };
}

describe('levels', () => {
  it('hold the highest peak for two seconds', () => {
    const levels = new Levels();
    levels.take(state({ level_db: -30, peak_db: -10 }), 0);
    levels.take(state({ level_db: -40, peak_db: -35 }), 1_000);
    expect(levels.hold(1_900)).toBe(-10);
    expect(levels.hold(2_100)).toBe(-35);
  });

  it('keep the wave of what is recorded, and of nothing else', () => {
    const levels = new Levels();
    for (const phase of ['idle', 'recording', 'paused'] as const) levels.take(state({ phase, level_db: -30, peak_db: -20 }));
    expect(levels.history).toEqual([-20]);
    for (let i = 0; i < 1000; i++) levels.take(state({ phase: 'recording', level_db: -30, peak_db: -20 }));
    expect(levels.history).toHaveLength(400);
  });

  it('know when the sound was too loud last', () => {
    const levels = new Levels();
    levels.take(state({ clipped: 0 }), 10);
    expect(levels.clippedAt).toBeNull();
    levels.take(state({ clipped: 2 }), 20);
    levels.take(state({ clipped: 2 }), 30);
    expect(levels.clippedAt).toBe(20);
  });

  it('stand on the meter from -60 dB to full scale', () => {
    expect([-90, -60, -30, 0, 3].map(place)).toEqual([0, 0, 0.5, 1, 1]);
  });
});

describe('the meter', () => {
  it('is green, amber and red by the level, pale up to the peak, with a line at the highest', () => {
    const { filled, context } = canvas();
    drawMeter(context, { level: -6, peak: -1.5, hold: -1.5, clipped: true }, { width: 600, height: 16 }, COLOURS);
    expect(filled).toEqual([
      ['track', 0, 600], ['good', 0, 480], ['loud', 480, 540], ['loud pale', 540, 570], ['over pale', 570, 585], ['line', 584, 586], ['over', 592, 600],
    ]);
  });

  it('is empty where nothing comes in', () => {
    const { filled, context } = canvas();
    drawMeter(context, { level: -60, peak: -60, hold: -Infinity, clipped: false }, { width: 600, height: 16 }, COLOURS);
    expect(filled).toEqual([['track', 0, 600]]);
  });

  it('has the newest sound at the right end of the wave', () => {
    const { filled, context } = canvas();
    drawWave(context, [-60, -20], { width: 12, height: 44 }, COLOURS);
    expect(filled.map(([, from, to]) => [from, to])).toEqual([[10, 12], [6, 8], [2, 4]]);
  });
});

describe('warnings said aloud', () => {
  const clip = (count: number): RecorderWarning[] => [{ kind: 'clipping', count }];

  it('come once as long as they stand', () => {
    const aloud = new Aloud();
    const gone: RecorderWarning[] = [{ kind: 'device_gone', name: 'Mic', at_ms: 0 }];
    expect(aloud.of(gone, true, 0)).toHaveLength(1);
    expect(aloud.of(gone, true, 1)).toEqual([]);
    expect(aloud.of([], true, 2)).toEqual([]);
    expect(aloud.of(gone, true, 3)).toHaveLength(1);
  });

  it('tell of clipping once a minute at most', () => {
    const aloud = new Aloud();
    expect(aloud.of(clip(1), true, 0)).toHaveLength(1);
    aloud.of([], true, 10);
    expect(aloud.of(clip(2), true, 20)).toEqual([]);
    aloud.of([], true, 30);
    expect(aloud.of(clip(3), true, CLIPPING_SAID_MS)).toHaveLength(1);
  });
});
