/** What in a transcript wants a look: doubtful places, words that are not sure, speech without words, speakers without a name. */
import type { Document, DoubtNote, Span } from '../../backend';
import { openNotes, saidIn } from './doubts';
import { unsureWords } from './words';

/** A passage to look at; `at_ms` orders them. */
export type Doubt =
  | { kind: 'words'; at_ms: number; utterance: number; count: number; from: number; to: number }
  | { kind: 'gap'; at_ms: number; gap: Span }
  | { kind: 'note'; at_ms: number; note: DoubtNote; utterance: number; from: number }
  | { kind: 'speaker'; at_ms: number; speaker: number; utterance: number };

/** All of them, in the order of the recording. A speaker without a name counts once, where it speaks first. */
export function doubts(document: Document, gaps: readonly Span[], below: number): Doubt[] {
  if (document.transcript === null) return [];
  const found: Doubt[] = gaps.map((gap) => ({ kind: 'gap', at_ms: gap.start_ms, gap }));
  const unnamed = new Set(document.speakers.filter((s) => !s.named).map((s) => s.id));
  for (const utterance of document.utterances) {
    const [at_ms, id] = [utterance.start_ms, utterance.id];
    if (utterance.speaker !== null && unnamed.delete(utterance.speaker)) {
      found.push({ kind: 'speaker', at_ms, speaker: utterance.speaker, utterance: id });
    }
    const words = unsureWords(utterance, below);
    const [first, last] = [words[0], words.at(-1)];
    if (first && last) found.push({ kind: 'words', at_ms, utterance: id, count: words.length, from: first[0], to: last[1] });
  }
  for (const note of openNotes(document)) {
    const [first] = saidIn(document.utterances, note);
    if (first) found.push({ kind: 'note', at_ms: note.start, note, utterance: first.utterance.id, from: first.words[0]?.[0] ?? 0 });
  }
  return found.sort((a, b) => a.at_ms - b.at_ms);
}

/** The next one behind (or, with `back`, before) the place `from`; it goes on at the other end. */
export function nextDoubt(all: readonly Doubt[], from: number, current: Doubt | null, back: boolean): Doubt | null {
  if (all.length === 0) return null;
  const here = current ? all.findIndex((doubt) => same(doubt, current)) : -1;
  if (here >= 0) return all[(here + (back ? -1 : 1) + all.length) % all.length] ?? null;
  if (back) return all.findLast((doubt) => doubt.at_ms < from) ?? all.at(-1) ?? null;
  return all.find((doubt) => doubt.at_ms >= from) ?? all[0] ?? null;
}

function same(a: Doubt, b: Doubt): boolean {
  if (a.kind !== b.kind || a.at_ms !== b.at_ms) return false;
  if (a.kind === 'gap' || b.kind === 'gap') return true;
  if (a.kind === 'note' && b.kind === 'note') return a.note.id === b.note.id;
  return a.utterance === b.utterance;
}
