import { describe, expect, it } from 'vitest';
import { documentOf, TALK } from '../../../browser/documents';
import { labelStep, peak, speakersAt } from './draw';

const DOCUMENT = documentOf('r', TALK);

describe('the waveform', () => {
  it('shows the largest amplitude of each bar', () => {
    const waveform = { duration_ms: 1000, per_second: 4, peaks: Uint8Array.from([0, 255, 51, 0]), speech: [] };
    expect([peak(waveform, 0, 250), peak(waveform, 0, 500), peak(waveform, 500, 510), peak(waveform, 2000, 3000)]).toEqual([0, 1, 0.2, 0]);
  });

  it('knows who speaks, two where they overlap', () => {
    const [a, b] = [DOCUMENT.utterances[0]!, DOCUMENT.utterances[1]!];
    const all = [a, { ...b, start_ms: a.end_ms - 500 }];
    expect(speakersAt(all, 10)).toEqual([0]);
    expect(speakersAt(all, a.end_ms - 100)).toEqual([0, 1]);
    expect(speakersAt(all, b.end_ms + 5)).toEqual([]);
  });

  it('writes times that do not touch', () => {
    expect(labelStep({ start_ms: 0, end_ms: 80_000 }, 700)).toBe(10);
    expect(labelStep({ start_ms: 0, end_ms: 600_000 }, 700)).toBe(120);
    expect(labelStep({ start_ms: 0, end_ms: 10_000 }, 700)).toBe(2);
  });
});
