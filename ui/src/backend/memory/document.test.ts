import { beforeEach, describe, expect, it } from 'vitest';
import type { Document, Edit, ProgramEvent } from '../types';
import { MemoryDocument } from './document';
import { retext } from './retext';

const SPAN = { start_ms: 0, end_ms: 2000 };

function made(): Document {
  const said = (id: number, speaker: number, start_ms: number, text: string) => {
    const span = { start_ms, end_ms: start_ms + 2000 };
    return { id, speaker, ...span, text, words: retext('', [], text, span), overlap: [], edited: false, checked: false };
  };
  const speaker = (id: number) => ({ id, name: '', named: false, colour: id, speech_ms: 0, words: 0, sample: null });
  return {
    transcript: 't', recording: 'r', title: 'Talk', revision: 3,
    speakers: [speaker(0), speaker(1)],
    utterances: [said(1, 0, 0, 'Who owned the tankers?'), said(2, 1, 2000, 'Two belonged to us.'), said(3, 0, 4000, 'And the rest?')],
    gaps: [],
    doubts: [],
    facts: {
      duration_ms: 9000, language: 'en', confidence: 1, models: [], device: 'CPU', processing_ms: 1, made_at: '', sha256: '',
      notes: [], words_ms: 0, silence_ms: 0, unwritten_ms: 0,
    },
    can_undo: false, can_redo: false, fresh_utterance: 4, fresh_speaker: 2,
  };
}

let backend: MemoryDocument;
let events: ProgramEvent[];
beforeEach(() => {
  events = [];
  backend = new MemoryDocument((event) => events.push(event));
  backend.set(made());
});

const texts = async (): Promise<string[]> => (await backend.open('r'))?.utterances.map((u) => u.text) ?? [];

describe('documents in memory', () => {
  it('apply each edit, and undo and redo walk the same way', async () => {
    const edits: Edit[] = [
      { edit: 'replace_text', utterance: 1, text: 'Who owns the tankers?' },
      { edit: 'split_utterance', utterance: 1, words: 2, new: 4 },
      { edit: 'join_utterances', first: 4, second: 2 },
      { edit: 'assign_speaker', utterances: [3], speaker: 1 },
      { edit: 'add_speaker', speaker: { id: 2, label: 'SPEAKER_02', name: ' Lena ', colour: null } },
      { edit: 'rename_speaker', speaker: 0, name: 'Samira' },
      { edit: 'recolour_speaker', speaker: 0, colour: 5 },
      { edit: 'remove_speaker', speaker: 2 },
      { edit: 'retime', utterance: 3, span: { start: 5000, end: 7000 } },
      { edit: 'insert_utterance', utterance: { id: 5, speaker: null, start: 7500, end: 8500, text: 'None.', words: [] } },
      { edit: 'mark_checked', utterances: [3, 5], checked: true },
      { edit: 'merge_speakers', from: 1, into: 0 },
      { edit: 'together', edits: [{ edit: 'delete_utterance', utterance: 3 }, { edit: 'delete_utterance', utterance: 5 }] },
    ];
    const states = [await backend.open('r')];
    for (const edit of edits) {
      const before = states.at(-1);
      const change = await backend.apply('t', before?.revision ?? 0, edit);
      expect(change.revision).toBe((before?.revision ?? 0) + 1);
      states.push(await backend.open('r'));
    }
    expect(await texts()).toEqual(['Who owns', 'the tankers? Two belonged to us.']);
    const content = (d: Document | null | undefined) => [d?.speakers, d?.utterances];
    for (let i = edits.length - 1; i >= 0; i--) {
      const now = await backend.open('r');
      expect(now?.can_undo).toBe(true);
      await backend.undo('t', now?.revision ?? 0);
      expect(content(await backend.open('r'))).toEqual(content(states[i]));
    }
    for (let i = 1; i <= edits.length; i++) {
      await backend.redo('t', (await backend.open('r'))?.revision ?? 0);
      expect(content(await backend.open('r'))).toEqual(content(states[i]));
    }
    expect((await backend.open('r'))?.fresh_utterance).toBe(6);
  });

  it('say what changed and nothing else', async () => {
    const change = await backend.apply('t', 3, { edit: 'split_utterance', utterance: 2, words: 2, new: 4 });
    expect(change.put.map((u) => [u.id, u.text, u.start_ms, u.end_ms])).toEqual([
      [2, 'Two belonged', 2000, 3375],
      [4, 'to us.', 3375, 4000],
    ]);
    expect(change.put[1]?.words[0]?.slice(0, 2)).toEqual([0, 2]);
    const joined = await backend.apply('t', 4, { edit: 'join_utterances', first: 2, second: 4 });
    expect(joined.removed).toEqual([4]);
    expect(joined.fresh_utterance).toBe(5);
    expect(events.map((e) => e.kind === 'document' && e.revision)).toEqual([4, 5]);
  });

  it('refuse another revision, and leave everything where one of several is refused', async () => {
    await expect(backend.apply('t', 2, { edit: 'delete_utterance', utterance: 1 })).rejects.toMatchObject({ code: 'conflict' });
    const edits: Edit[] = [{ edit: 'delete_utterance', utterance: 1 }, { edit: 'delete_utterance', utterance: 9 }];
    await expect(backend.apply('t', 3, { edit: 'together', edits })).rejects.toMatchObject({ code: null });
    expect((await texts()).length).toBe(3);
  });

  it('keep the times of words that stay', () => {
    const old = retext('', [], 'the quik fox ran', SPAN);
    const sure = old.map<(typeof old)[number]>(([a, b, c, d]) => [a, b, c, d, 0.5]);
    const now = retext('the quik fox ran', sure, 'The quick brown fox ran', SPAN);
    expect(now.map((w) => w[4])).toEqual([1, 1, 1, 0.5, 0.5]);
    expect(now.at(-1)?.slice(2, 4)).toEqual(old.at(-1)?.slice(2, 4));
    expect(retext('', [], '取材です。', SPAN).map((w) => w.slice(0, 2))).toEqual([[0, 1], [1, 2], [2, 3], [3, 5]]);
  });
});

describe('finding', () => {
  const query = { text: 'the', match_case: false, whole_word: false, pattern: false, replacement: null };

  it('heeds case, whole words and patterns', async () => {
    const count = async (q: Partial<typeof query>) => (await backend.find('t', { ...query, ...q })).hits.length;
    expect(await count({})).toBe(2);
    expect(await count({ text: 'two' })).toBe(1);
    expect(await count({ text: 'two', match_case: true })).toBe(0);
    expect(await count({ text: 'tanker', whole_word: true })).toBe(0);
    expect(await count({ text: 't[ow]+', pattern: true })).toBe(2);
    expect(await count({ text: '?' })).toBe(2);
    expect(await count({ text: '' })).toBe(0);
  });

  it('says what is wrong with a pattern, and fills groups in', async () => {
    expect((await backend.find('t', { ...query, text: '(', pattern: true })).problem?.message).toBeTruthy();
    const found = await backend.find('t', { ...query, text: '(\\w+) belonged', pattern: true, replacement: '$1 $$ went' });
    expect(found.hits).toEqual([{ utterance: 2, from: 0, to: 12, replacement: 'Two $ went' }]);
  });
});
