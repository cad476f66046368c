import { describe, expect, it } from 'vitest';
import type { Document, DoubtNote, Found, Utterance, Word } from '../../backend';
import { doubts, nextDoubt } from './check';
import { openNotes, saidIn } from './doubts';
import { openGaps } from './gaps';
import { previews, replaced, replaceEdit } from './replace';
import { timeAt, unsureWords, utteranceAtTime, wordAtOffset, wordAtTime, wordsBefore } from './words';

const WORDS: Word[] = [[0, 3, 0, 200, 0.9], [4, 9, 300, 800, 0.4], [10, 13, 2000, 2500, 0.9]];
const said = (id: number, start_ms: number, end_ms: number, more: Partial<Utterance> = {}): Utterance => ({
  id, speaker: 0, start_ms, end_ms, text: 'Who owned the', words: WORDS, overlap: [], edited: false, checked: false, ...more,
});

describe('words', () => {
  it('are found by their time; short pauses belong to the word before', () => {
    expect([-1, 0, 250, 300, 799, 800, 1500, 2000, 2500].map((ms) => wordAtTime(WORDS, ms))).toEqual([-1, 0, 0, 1, 1, -1, -1, 2, -1]);
    expect(wordAtTime([], 5)).toBe(-1);
  });

  it('are found at the caret, and give its time', () => {
    expect([0, 3, 4, 9, 13].map((at) => wordAtOffset(WORDS, at))).toEqual([0, 0, 1, 1, 2]);
    expect(timeAt(said(1, 0, 2500), 6)).toBe(300);
    expect(timeAt(said(1, 70, 2500, { words: [] }), 6)).toBe(70);
  });

  it('stay before a cut: all before the caret, and a word that is cut where most of it is', () => {
    expect([0, 1, 2, 3, 4, 6, 7, 9, 10, 13].map((at) => wordsBefore(WORDS, at))).toEqual([0, 0, 1, 1, 1, 1, 2, 2, 2, 3]);
  });

  it('are marked unless somebody said that they are right', () => {
    expect(unsureWords(said(1, 0, 1), 0.55)).toEqual([WORDS[1]]);
    expect(unsureWords(said(1, 0, 1, { checked: true }), 0.55)).toEqual([]);
  });
});

describe('utterances', () => {
  it('are found by time, also a longer one that goes on below a short one', () => {
    const all = [said(1, 0, 5000), said(2, 1000, 1500), said(3, 6000, 7000)];
    expect([-1, 0, 1200, 2000, 5500, 6000, 9000].map((ms) => utteranceAtTime(all, ms))).toEqual([-1, 0, 1, 0, 1, 2, 2]);
  });
});

describe('gaps', () => {
  it('lose what was written into them', () => {
    const gaps = [{ start_ms: 1000, end_ms: 20_000 }, { start_ms: 30_000, end_ms: 31_000 }];
    expect(openGaps({ gaps, doubts: [], utterances: [] })).toEqual([gaps[0]]);
    expect(openGaps({ gaps, doubts: [], utterances: [said(1, 1000, 20_000)] })).toEqual([]);
    expect(openGaps({ gaps, doubts: [], utterances: [said(1, 5000, 19_000)] })).toEqual([{ start_ms: 1000, end_ms: 5000 }]);
  });
});

describe('what wants a look', () => {
  const speaker = (id: number, named: boolean) => ({ id, name: '', named, colour: id, speech_ms: 1, words: 1, sample: null });
  const document = {
    transcript: 't',
    speakers: [speaker(0, true), speaker(1, false)],
    doubts: [],
    utterances: [said(1, 0, 1000), said(2, 2000, 3000, { speaker: 1, checked: true }), said(3, 4000, 5000, { speaker: 1 })],
  } as unknown as Document;
  const all = doubts(document, [{ start_ms: 3000, end_ms: 4000 }], 0.55);

  it('is words, speech without words and speakers without names, in order', () => {
    expect(all.map((d) => [d.kind, d.at_ms])).toEqual([['words', 0], ['speaker', 2000], ['gap', 3000], ['words', 4000]]);
    expect(doubts({ ...document, transcript: null }, [], 1)).toEqual([]);
  });

  it('is gone through in both directions, around the end', () => {
    expect(nextDoubt(all, 2500, null, false)).toBe(all[2]);
    expect(nextDoubt(all, 2500, null, true)).toBe(all[1]);
    expect(nextDoubt(all, 0, all[3] ?? null, false)).toBe(all[0]);
    expect(nextDoubt(all, 0, all[0] ?? null, true)).toBe(all[3]);
    expect(nextDoubt([], 0, null, false)).toBeNull();
  });
});

describe('replacing', () => {
  const hit = (utterance: number, from: number, to: number, replacement: string): Found => ({ utterance, from, to, replacement });
  const texts = new Map([[1, said(1, 0, 1, { text: 'a tanker and a tanker' })], [2, said(2, 5, 6, { text: 'tanker' })]]);
  const hits = [hit(1, 2, 8, 'truck'), hit(1, 15, 21, 'truck'), hit(2, 0, 6, 'truck'), hit(9, 0, 1, 'x')];

  it('changes every hit of a text, and none that lies within another', () => {
    expect(replaced('a tanker and a tanker', hits.slice(0, 2))).toBe('a truck and a truck');
    expect(replaced('aaa', [hit(1, 0, 2, 'b'), hit(1, 1, 3, 'c')])).toBe('ba');
  });

  it('is one edit, whatever the number of utterances', () => {
    expect(replaceEdit((id) => texts.get(id), hits)).toEqual({
      edit: 'together',
      edits: [
        { edit: 'replace_text', utterance: 1, text: 'a truck and a truck' },
        { edit: 'replace_text', utterance: 2, text: 'truck' },
      ],
    });
    expect(replaceEdit((id) => texts.get(id), [hit(2, 0, 6, 'x')])).toEqual({ edit: 'replace_text', utterance: 2, text: 'x' });
    expect(replaceEdit((id) => texts.get(id), [hit(2, 0, 6, 'tanker')])).toBeNull();
  });

  it('is shown before it is done', () => {
    expect(previews((id) => texts.get(id), hits)[1]).toMatchObject({ before: 'a tanker and a ', found: 'tanker', replacement: 'truck', after: '' });
    expect(previews((id) => texts.get(id), hits)).toHaveLength(3);
  });
});

describe('doubtful places', () => {
  const note = (more: Partial<DoubtNote> = {}): DoubtNote => ({
    id: 1, kind: 'loop', start: 200, end: 900, verdict: 'kept', text: 'owned', settled: false, ...more,
  });
  const open = (notes: DoubtNote[], utterances = [said(1, 0, 2500)]) => openNotes({ doubts: notes, utterances });

  it('are open until somebody says yes, the text is checked, or it is gone', () => {
    expect(open([note()])).toHaveLength(1);
    expect(open([note({ settled: true })])).toEqual([]);
    expect(open([note()], [said(1, 0, 2500, { checked: true })])).toEqual([]);
    expect(open([note()], [said(1, 0, 2500, { words: [WORDS[2]!] })])).toEqual([]);
    expect(open([note({ verdict: 'dropped' }), note({ kind: 'speech_without_words' })])).toEqual([]);
  });

  it('know the words they are about, and gaps the doubt that lists them', () => {
    expect(saidIn([said(1, 0, 2500), said(2, 5000, 6000)], note()).map(({ words }) => words)).toEqual([[WORDS[1]]]);
    const gap = { start_ms: 3000, end_ms: 6000 };
    const silent = note({ kind: 'speech_without_words', start: 3000, end: 6000 });
    expect(openGaps({ gaps: [gap], utterances: [], doubts: [silent] })).toEqual([gap]);
    expect(openGaps({ gaps: [gap], utterances: [], doubts: [{ ...silent, settled: true }] })).toEqual([]);
  });

  it('have a turn when a person goes through what wants a look', () => {
    const document = { transcript: 't', speakers: [], doubts: [note()], utterances: [said(1, 0, 2500)] } as unknown as Document;
    expect(doubts(document, [], 0).map((d) => [d.kind, d.at_ms, d.kind === 'note' && d.from])).toEqual([['note', 200, 4]]);
  });
});
