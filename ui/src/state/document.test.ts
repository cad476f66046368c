import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { documentOf, TALK } from '../../browser/documents';
import type { Notice } from '../backend';
import { MemoryBackend } from '../backend/memory';
import * as act from './document/actions';
import { FindState } from './document/find.svelte';
import { DocumentState, IDLE_MS } from './document.svelte';

let backend: MemoryBackend;
let doc: DocumentState;
let told: Notice[];
beforeEach(async () => {
  vi.useFakeTimers();
  backend = new MemoryBackend();
  backend.document.set(documentOf('r', TALK));
  doc = new DocumentState(backend);
  told = [];
  doc.tell = (notice) => told.push(notice);
  await doc.open('r');
});
afterEach(async () => {
  await doc.stop();
  vi.useRealTimers();
});

const texts = () => doc.document?.utterances.map((u) => u.text) ?? [];
const idle = () => vi.advanceTimersByTimeAsync(IDLE_MS + 50);
const DISK: Notice = { message: 'The disk is full.', advice: null, detail: null, code: 'disk_full' };

describe('typing', () => {
  it('is kept a moment after the last key, as one edit', async () => {
    doc.type(4, 'Who owned');
    await vi.advanceTimersByTimeAsync(IDLE_MS - 100);
    doc.type(4, 'Who owned them?');
    expect(doc.saved).toBe(false);
    await vi.advanceTimersByTimeAsync(IDLE_MS - 100);
    expect(backend.document.edits).toEqual([]);
    await idle();
    expect(backend.document.edits).toEqual([{ edit: 'replace_text', utterance: 4, text: 'Who owned them?' }]);
    expect([doc.saved, texts()[3]]).toEqual([true, 'Who owned them?']);
  });

  it('never conflicts however fast it goes', async () => {
    for (let i = 0; i < 30; i++) {
      doc.type(4, `Take ${i}`);
      void doc.commit();
      if (i % 5 === 0) void doc.edit({ edit: 'mark_checked', utterances: [1], checked: i % 2 === 0 });
    }
    await idle();
    expect([doc.stopped, told, texts()[3]]).toEqual([null, [], 'Take 29']);
  });

  it('goes before what follows: a cut sees it, undo takes it back', async () => {
    doc.type(4, 'Who owned them then?');
    await act.split(doc, 4, 9);
    expect(texts().slice(3, 5)).toEqual(['Who owned', 'them then?']);
    await doc.undo();
    await doc.undo();
    expect(texts()[3]).toBe(TALK[3]?.[1]);
    await doc.redo();
    expect(texts()[3]).toBe('Who owned them then?');
  });

  it('stays in the page where it cannot be kept, and is tried again', async () => {
    backend.document.refuseNext = DISK;
    doc.type(4, 'Mine');
    await idle();
    expect(doc.stopped).toEqual(DISK);
    doc.type(4, 'Mine again');
    await idle();
    expect(backend.document.edits).toEqual([]);
    expect(doc.textOf(doc.utterance(4)!)).toBe('Mine again');
    await doc.retry();
    expect([doc.stopped, doc.saved, texts()[3]]).toEqual([null, true, 'Mine again']);
  });

  it('is not possible while the text is being written', async () => {
    backend.document.set({ ...documentOf('r', TALK), transcript: null });
    await doc.reload();
    doc.type(4, 'Mine');
    await idle();
    expect([doc.editable, doc.saved, backend.document.edits]).toEqual([false, true, []]);
  });
});

describe('changes made elsewhere', () => {
  it('are followed; what was typed elsewhere in the text stays', async () => {
    const untouched = doc.utterance(6);
    doc.type(4, 'Mine');
    backend.document.changeElsewhere('t-r', { edit: 'replace_text', utterance: 1, text: 'Theirs' });
    await idle();
    expect([texts()[0], texts()[3]]).toEqual(['Theirs', 'Mine']);
    expect([doc.stopped, doc.kept]).toEqual([null, []]);
    expect(doc.utterance(6)).toBe(untouched);
  });

  it('and typing in the same place are both kept until the person decides', async () => {
    doc.type(1, 'Mine');
    backend.document.changeElsewhere('t-r', { edit: 'replace_text', utterance: 1, text: 'Theirs' });
    await idle();
    expect(texts()[0]).toBe('Theirs');
    expect(doc.kept.map((k) => [k.utterance, k.text])).toEqual([[1, 'Mine']]);
    await doc.useMine(doc.kept[0]!);
    expect([texts()[0], doc.kept]).toEqual(['Mine', []]);
  });

  it('that were not heard of refuse an edit: nothing is overwritten, and reloading shows both', async () => {
    backend.document.refuseNext = { message: 'Changed elsewhere.', advice: null, detail: null, code: 'conflict' };
    doc.type(1, 'Mine');
    await idle();
    expect(doc.stopped?.code).toBe('conflict');
    await doc.edit({ edit: 'delete_utterance', utterance: 2 });
    expect(backend.document.edits).toEqual([]);
    await doc.reload();
    expect([doc.stopped, texts()[0]]).toEqual([null, 'Mine']);
  });
});

describe('actions', () => {
  it('join, insert, delete, and fill speech that had no words', async () => {
    await act.join(doc, 4, -1);
    expect(doc.place.focusWish).toEqual({ utterance: 3, caret: TALK[2]![1].length });
    await act.insertAfter(doc, 3);
    const fresh = doc.place.focusWish?.utterance ?? 0;
    expect(doc.utterance(fresh)).toMatchObject({ text: '', speaker: 2 });
    await act.remove(doc, [fresh, 5]);
    expect(doc.document?.utterances.map((u) => u.id)).toEqual([1, 2, 3, 6, 7, 8]);
    expect(backend.document.edits.at(-1)).toMatchObject({ edit: 'together' });
    await act.fill(doc, { start_ms: 60_000, end_ms: 65_000 }, ' Yes. ');
    expect(texts().at(-1)).toBe('Yes.');
    await act.fill(doc, { start_ms: 66_000, end_ms: 67_000 }, '  ');
    expect(texts()).toHaveLength(7);
  });

  it('name speakers of one, several and following utterances', async () => {
    doc.place.select([1, 3]);
    await act.assign(doc, act.subjects(doc), 3);
    expect(doc.document?.utterances.map((u) => u.speaker)).toEqual([3, 1, 3, 0, 1, 2, 3, 0]);
    expect(act.run(doc, 3)).toEqual([3]);
    const speaker = await act.assignNew(doc, [4]);
    expect(doc.utterance(4)?.speaker).toBe(speaker);
    await act.merge(doc, [0, 1], 2);
    expect(doc.document?.speakers.map((s) => s.id)).toEqual([2, 3, 4]);
    await doc.undo();
    expect(doc.document?.speakers).toHaveLength(5);
  });

  it('that are refused say so and change nothing', async () => {
    await doc.edit({ edit: 'retime', utterance: 1, span: { start: 5, end: 6 } });
    expect(told[0]?.message).toBe('That is too short for the words.');
    expect([doc.stopped, backend.document.edits]).toEqual([null, []]);
    await act.split(doc, 4, 0);
    expect(backend.document.edits).toEqual([]);
  });

  it('copy as text, the speaker named where it changes', () => {
    expect(act.plainText(doc, doc.document?.utterances.slice(3, 4) ?? [])).toBe('Lena Brandt: Who owned the tankers?');
  });
});

describe('a transcript', () => {
  it('that cannot be read says so and can be asked for again', async () => {
    vi.spyOn(backend.document, 'open').mockRejectedValueOnce(DISK);
    backend.document.set(documentOf('other', TALK));
    await doc.open('other');
    expect([doc.unread, doc.document, told]).toEqual([true, null, [DISK]]);
    await doc.reload();
    expect([doc.unread, texts().length]).toEqual([false, TALK.length]);
  });

  it('that the library names anew is read once', async () => {
    const open = vi.spyOn(backend.document, 'open');
    const recording = backend.library.put({ id: 'r', transcript: 't-r' });
    doc.follow(recording);
    expect(open).not.toHaveBeenCalled();
    doc.follow({ ...recording, transcript: 't-new' });
    doc.follow({ ...recording, transcript: 't-new' });
    await idle();
    expect(open).toHaveBeenCalledTimes(1);
  });
});

describe('a running job', () => {
  it('adds text at most four times a second, and leaves what is there', async () => {
    backend.document.set({ ...documentOf('r', TALK.slice(0, 2)), transcript: null });
    await doc.reload();
    const first = doc.utterance(1);
    const open = vi.spyOn(backend.document, 'open');
    backend.document.set({ ...documentOf('r', TALK.slice(0, 4)), transcript: null });
    for (let i = 0; i < 20; i++) backend.emit({ kind: 'text', recording: 'r' });
    await vi.advanceTimersByTimeAsync(300);
    expect(open).toHaveBeenCalledTimes(1);
    expect([texts().length, doc.utterance(1) === first]).toEqual([4, true]);
  });
});

describe('finding', () => {
  it('walks through hits, replaces one or all, and undoes all at once', async () => {
    const find = new FindState(doc, backend);
    find.show(true, 'tanker');
    find.replacement = 'truck';
    await find.search();
    expect([find.hits.length, find.current, find.previews[0]?.replacement]).toEqual([2, 0, 'truck']);
    find.go(1);
    find.go(1);
    expect(find.current).toBe(0);
    find.go(-1);
    expect(find.current).toBe(1);
    await find.replace();
    expect(texts()[3]).toBe('Who owned the trucks?');
    expect(await find.replaceAll()).toBe(1);
    expect(texts()[2]).toContain('trucks');
    await doc.undo();
    await doc.undo();
    expect(texts()).toEqual(TALK.map(([, text]) => text));
    // Typed and replaced before the search came back.
    find.replacement = 'lorry';
    find.soon();
    expect(await find.replaceAll()).toBe(2);
    expect(texts()[3]).toBe('Who owned the lorrys?');
    find.text = '(';
    find.pattern = true;
    await find.search();
    expect([find.problem?.message, find.hits]).toEqual(['This pattern cannot be read.', []]);
    expect([find.close(), find.close()]).toEqual([true, false]);
  });
});
