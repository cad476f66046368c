import { describe, expect, it } from 'vitest';
import type { Speaker, Span, Utterance } from '../../backend';
import { layOut, pieces } from './lines';

const said = (id: number, speaker: number | null, start_ms: number): Utterance => ({
  id, speaker, start_ms, end_ms: start_ms + 900, text: `Utterance ${id}.`, words: [], overlap: [], edited: false, checked: false,
});
const speakers = new Map<number, Speaker>(
  [7, 3].map((id) => [id, { id, name: `Speaker ${id}`, named: false, colour: id, speech_ms: 0, words: 0, sample: null }]),
);
const lay = (utterances: Utterance[], gaps: [number, number][] = [], end: number | null = null) =>
  layOut(utterances, speakers, gaps.map<Span>(([start_ms, end_ms]) => ({ start_ms, end_ms })), end);

describe('lines', () => {
  it('name a speaker once for utterances in a row', () => {
    const lines = lay([said(1, 7, 0), said(2, 7, 1000), said(3, 3, 2000), said(4, 7, 3000)]);
    expect(lines.map((l) => l.kind === 'utterance' && [l.speaker?.id, l.named, l.goesOn])).toEqual([
      [7, true, true],
      [7, false, false],
      [3, true, false],
      [7, true, false],
    ]);
  });

  it('put speech without words and silence where they belong and name the speaker again after them', () => {
    const lines = lay([said(1, 7, 0), said(2, 7, 30_000)], [[10_000, 25_000], [40_000, 50_000]], 60_000);
    expect(lines.map((l) => l.kind)).toEqual(['utterance', 'silence', 'gap', 'silence', 'utterance', 'silence', 'gap', 'silence']);
    expect(lines[4]?.kind === 'utterance' && lines[4].named).toBe(true);
    expect(lines[7]?.kind === 'silence' && lines[7].span).toEqual({ start_ms: 50_000, end_ms: 60_000 });
  });

  it('give text without speakers no names', () => {
    const lines = lay([said(1, null, 0), said(2, 99, 1000)]);
    expect(lines.map((l) => l.kind === 'utterance' && [l.speaker, l.named])).toEqual([
      [null, false],
      [null, false],
    ]);
  });
});

describe('pieces', () => {
  it('cut where marks begin and end, also where they overlap', () => {
    const text = 'We met at Al-Safwa today.';
    const cut = pieces(text, [{ from: 10, to: 18, kind: 'unsure' }, { from: 13, to: 24, kind: 'hit' }]);
    expect(cut.map((p) => [p.text, p.marks.map((m) => m.kind).join()])).toEqual([
      ['We met at ', ''],
      ['Al-', 'unsure'],
      ['Safwa', 'unsure,hit'],
      [' today', 'hit'],
      ['.', ''],
    ]);
    expect(cut.map((p) => p.text).join('')).toBe(text);
  });

  it('survive ranges that make no sense', () => {
    const cut = pieces('abc', [{ from: 2, to: 9, kind: 'hit' }, { from: 1, to: 1, kind: 'hit' }]);
    expect(cut.map((p) => p.text)).toEqual(['ab', 'c']);
  });
});
