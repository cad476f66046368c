import { describe, expect, it } from 'vitest';
import type { Transcript, Utterance } from '../../backend';
import { layOut, pieces } from './lines';

const said = (id: number, speaker: number | null, start_ms: number): Utterance => ({
  id,
  speaker,
  start_ms,
  end_ms: start_ms + 900,
  text: `Utterance ${id}.`,
  overlap: [],
  unsure: [],
});

const transcript = (utterances: Utterance[], gaps: [number, number][] = []): Transcript => ({
  recording: 'r',
  title: 'Talk',
  duration_ms: 60_000,
  language: 'en',
  speakers: [7, 3].map((id) => ({ id, name: `Speaker ${id}` })),
  utterances,
  gaps: gaps.map(([start_ms, end_ms]) => ({ start_ms, end_ms })),
  complete: true,
});

describe('lines', () => {
  it('name a speaker once for utterances in a row', () => {
    const lines = layOut(transcript([said(1, 7, 0), said(2, 7, 1000), said(3, 3, 2000), said(4, 7, 3000)]));
    expect(lines.map((l) => l.kind === 'utterance' && [l.place, l.named])).toEqual([
      [0, true],
      [0, false],
      [1, true],
      [0, true],
    ]);
  });

  it('put speech without words where it belongs and name the speaker again after it', () => {
    const lines = layOut(transcript([said(1, 7, 0), said(2, 7, 30_000)], [[10_000, 25_000], [40_000, 50_000]]));
    expect(lines.map((l) => l.kind)).toEqual(['utterance', 'gap', 'utterance', 'gap']);
    expect(lines[2]?.kind === 'utterance' && lines[2].named).toBe(true);
  });

  it('leave breaths out, and text without speakers without names', () => {
    const lines = layOut(transcript([said(1, null, 0), said(2, 99, 1000)], [[500, 900]]));
    expect(lines.map((l) => l.kind === 'utterance' && [l.place, l.named])).toEqual([
      [null, false],
      [null, false],
    ]);
  });
});

describe('pieces', () => {
  it('cut at the words that are not sure and lose nothing', () => {
    const text = 'We met at Al-Safwa today.';
    const cut = pieces(text, [[10, 17]]);
    expect(cut.map((p) => [p.text, p.unsure])).toEqual([
      ['We met at ', false],
      ['Al-Safwa'.slice(0, 7), true],
      [text.slice(17), false],
    ]);
    expect(cut.map((p) => p.text).join('')).toBe(text);
  });

  it('survive ranges that make no sense', () => {
    expect(pieces('abc', [[2, 9], [1, 1]]).map((p) => p.text).join('')).toBe('abc');
  });
});
