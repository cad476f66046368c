/** What a person does to a transcript, as edits: each is one step of undo. */
import type { Document, Edit, Span, Utterance } from '../../backend';
import type { DocumentState } from '../document.svelte';
import { wordsBefore } from './words';

/** An utterance that is put in takes this long where there is room. */
const NEW_MS = 2_000;

/** Cuts an utterance at the caret; at the end of its text the caret goes on to the next one. */
export async function split(doc: DocumentState, id: number, offset: number): Promise<void> {
  let fresh = 0;
  const change = await doc.edit((document) => {
    const utterance = document.utterances.find((u) => u.id === id);
    const words = utterance ? wordsBefore(utterance.words, offset) : 0;
    if (!utterance || words === 0 || words >= utterance.words.length) return null;
    fresh = document.fresh_utterance;
    return { edit: 'split_utterance', utterance: id, words, new: fresh };
  });
  const text = doc.utterance(id)?.text ?? '';
  if (change) doc.place.focus(fresh, 0);
  else if (offset >= text.trimEnd().length && text !== '') step(doc, id, 1, 0);
}

/** Joins an utterance with the one before (-1) or behind (1) it; the caret stands where they meet. */
export async function join(doc: DocumentState, id: number, way: -1 | 1): Promise<void> {
  await doc.commit();
  let [first, at] = [id, 0];
  const change = await doc.edit((document) => {
    const index = document.utterances.findIndex((u) => u.id === id);
    const [a, b] = way < 0 ? [index - 1, index] : [index, index + 1];
    const [before, after] = [document.utterances[a], document.utterances[b]];
    if (!before || !after) return null;
    [first, at] = [before.id, before.text.length];
    return { edit: 'join_utterances', first: before.id, second: after.id };
  });
  if (change) doc.place.focus(first, at);
}

/** Moves the caret to the next (1) or the utterance before (-1); says whether there is one. */
export function step(doc: DocumentState, id: number, way: -1 | 1, caret: Parameters<typeof doc.place.focus>[1]): boolean {
  const all = doc.document?.utterances ?? [];
  const next = all[all.findIndex((u) => u.id === id) + way];
  if (next) doc.place.focus(next.id, caret);
  return next !== undefined;
}

/** Takes utterances away; the caret goes to what follows. */
export async function remove(doc: DocumentState, ids: readonly number[]): Promise<boolean> {
  const out = new Set(ids);
  const all = doc.document?.utterances ?? [];
  const first = all.findIndex((u) => out.has(u.id));
  const next = all.slice(Math.max(0, first)).find((u) => !out.has(u.id)) ?? all.findLast((u) => !out.has(u.id));
  const edits = ids.map<Edit>((utterance) => ({ edit: 'delete_utterance', utterance }));
  const change = await doc.edit(together(edits));
  if (change && next) doc.place.focus(next.id, 0);
  if (change) doc.place.drop();
  return change !== null;
}

/** Puts an empty utterance behind one, of the same speaker. */
export async function insertAfter(doc: DocumentState, id: number): Promise<void> {
  let fresh = 0;
  await doc.edit((document) => {
    const index = document.utterances.findIndex((u) => u.id === id);
    const here = document.utterances[index];
    if (!here) return null;
    const start_ms = here.end_ms;
    const room = (document.utterances[index + 1]?.start_ms ?? document.facts.duration_ms) - start_ms;
    const end_ms = start_ms + (room >= 200 ? Math.min(room, NEW_MS) : 1_000);
    fresh = document.fresh_utterance;
    return insertion(document, { start_ms, end_ms }, '', here.speaker);
  });
  if (fresh > 0) doc.place.focus(fresh, 0);
}

/** Writes text into speech that had none. */
export async function fill(doc: DocumentState, span: Span, text: string): Promise<void> {
  if (text.trim() !== '') await doc.edit((document) => insertion(document, span, text.trim(), null));
}

/** Says who speaks in utterances. */
export const assign = (doc: DocumentState, utterances: number[], speaker: number | null): Promise<unknown> =>
  doc.edit({ edit: 'assign_speaker', utterances, speaker });

/** Gives utterances to a speaker who was not there yet. Resolves to the speaker. */
export async function assignNew(doc: DocumentState, utterances: number[]): Promise<number | null> {
  let fresh = 0;
  const change = await doc.edit((document) => {
    fresh = document.fresh_speaker;
    const edits: Edit[] = [newSpeaker(document)];
    if (utterances.length > 0) edits.push({ edit: 'assign_speaker', utterances, speaker: fresh });
    return together(edits);
  });
  return change ? fresh : null;
}

/** The utterance and those behind it of the same speaker, up to the next change. */
export function run(doc: DocumentState, id: number): number[] {
  const all = doc.document?.utterances ?? [];
  const from = all.findIndex((u) => u.id === id);
  const end = all.findIndex((u, i) => i > from && u.speaker !== all[from]?.speaker);
  return all.slice(Math.max(0, from), end < 0 ? undefined : end).map((u) => u.id);
}

/** Makes one speaker of several. */
export const merge = (doc: DocumentState, from: number[], into: number): Promise<unknown> =>
  doc.edit(together(from.filter((id) => id !== into).map<Edit>((id) => ({ edit: 'merge_speakers', from: id, into }))));

/** Says that utterances are right, or takes that back where all of them are. */
export function toggleChecked(doc: DocumentState, ids: number[]): Promise<unknown> {
  const checked = !ids.every((id) => doc.utterance(id)?.checked);
  return doc.edit({ edit: 'mark_checked', utterances: ids, checked });
}

/** What an action is about: the selected utterances, else the one with the caret. */
export function subjects(doc: DocumentState): number[] {
  const { selected, active } = doc.place;
  if (selected.size === 0) return doc.utterance(active) && active !== null ? [active] : [];
  return (doc.document?.utterances ?? []).filter((u) => selected.has(u.id)).map((u) => u.id);
}

/** Utterances as plain text, the speaker named where it changes. */
export function plainText(doc: DocumentState, utterances: readonly Utterance[]): string {
  let before: number | null | undefined;
  const lines = utterances.map((u) => {
    const name = u.speaker === before ? undefined : doc.speaker(u.speaker)?.name;
    before = u.speaker;
    return name === undefined ? u.text : `${name}: ${u.text}`;
  });
  return lines.join('\n');
}

/** Several edits as one; one alone stays as it is. */
export function together(edits: Edit[]): Edit {
  const [only] = edits;
  return edits.length === 1 && only ? only : { edit: 'together', edits };
}

function newSpeaker(document: Document): Edit {
  const id = document.fresh_speaker;
  return { edit: 'add_speaker', speaker: { id, label: `SPEAKER_${String(id).padStart(2, '0')}`, name: null, colour: null } };
}

/** A new utterance. */
export const insertion = (document: Document, span: Span, text: string, speaker: number | null): Edit => ({
  edit: 'insert_utterance',
  utterance: { id: document.fresh_utterance, speaker, start: span.start_ms, end: span.end_ms, text, words: [] },
});
