/** Doubtful places: which are still open, and what a person does with them. */
import type { Document, DoubtNote, Edit, Utterance, Word } from '../../backend';
import type { DocumentState } from '../document.svelte';
import { insertion, together } from './actions';

/** The words of an utterance that a place is about. */
export interface SaidThere {
  utterance: Utterance;
  words: Word[];
}

/** What stands in a place: utterances that have words there by their middle, or lie in it without word times. */
export function saidIn(utterances: readonly Utterance[], { start, end }: Pick<DoubtNote, 'start' | 'end'>): SaidThere[] {
  const there: SaidThere[] = [];
  for (const utterance of utterances) {
    if (utterance.start_ms >= end) break;
    if (utterance.end_ms < start) continue;
    const words = utterance.words.filter(([, , from, to]) => from + to >= 2 * start && from + to < 2 * end);
    const whole = utterance.words.length === 0 && utterance.start_ms >= start && utterance.end_ms <= end;
    if (words.length > 0 || whole) there.push({ utterance, words });
  }
  return there;
}

/** Places with text that nobody has said yes to: not where their text is gone, or was marked as right. */
export function openNotes({ doubts, utterances }: Pick<Document, 'doubts' | 'utterances'>): DoubtNote[] {
  return doubts.filter((note) => {
    if (note.verdict !== 'kept' || note.settled || note.kind === 'speech_without_words') return false;
    return saidIn(utterances, note).some(({ utterance }) => !utterance.checked);
  });
}

/** What is not in the text, or not any more: dropped, or put right by the second try. */
export const leftOut = (doubts: readonly DoubtNote[]): DoubtNote[] =>
  doubts.filter((note) => note.verdict !== 'kept' && note.text !== '' && !note.settled);

/** Says that places are right as they are. */
export const settle = (doc: DocumentState, ids: number[]): Promise<unknown> => doc.edit(settling(ids));

/** Takes the text of a place out, as one step of undo. */
export const removeText = (doc: DocumentState, note: DoubtNote): Promise<unknown> =>
  doc.edit(({ utterances }) => {
    const edits = saidIn(utterances, note).map<Edit>(({ utterance: { id, text, words: all }, words }) => {
      const [first, last] = [words[0], words.at(-1)];
      if (!first || !last || words.length === all.length) return { edit: 'delete_utterance', utterance: id };
      const kept = [text.slice(0, first[0]).trimEnd(), text.slice(last[1]).trimStart()];
      return { edit: 'replace_text', utterance: id, text: kept.filter((part) => part !== '').join(' ') };
    });
    return together([...edits, settling([note.id])]);
  });

/** Puts in what was dropped, as an utterance of nobody known. */
export const putIn = (doc: DocumentState, note: DoubtNote): Promise<unknown> =>
  doc.edit((document) => {
    const span = { start_ms: note.start, end_ms: Math.max(note.end, note.start + 1) };
    return together([insertion(document, span, note.text, null), settling([note.id])]);
  });

const settling = (doubts: number[]): Edit => ({ edit: 'settle_doubts', doubts, settled: true });
