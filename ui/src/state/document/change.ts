/** Taking over what an edit changed, and what was changed elsewhere. */
import type { Change, Document, Utterance } from '../../backend';
import { t } from '../../i18n';

/** The document after a change; utterances that the change does not name stay the same objects. */
export function changed(document: Document, change: Change): Document {
  const { put, removed, confidence, notes, ...rest } = change;
  let utterances = document.utterances;
  if (put.length > 0 || removed.length > 0) {
    const out = new Set(removed);
    const news = new Map(put.map((utterance) => [utterance.id, utterance]));
    utterances = utterances.filter((u) => !out.has(u.id)).map((u) => {
      const fresh = news.get(u.id);
      news.delete(u.id);
      return fresh ?? u;
    });
    utterances.push(...news.values());
    utterances.sort((a, b) => a.start_ms - b.start_ms || a.id - b.id);
  }
  return { ...document, ...rest, utterances, facts: { ...document.facts, confidence, notes } };
}

/** A document that was read anew, with the objects of utterances that are as they were. */
export function reread(before: Document | null, now: Document): Document {
  if (before?.recording !== now.recording) return now;
  const old = new Map(before.utterances.map((u) => [u.id, u]));
  const utterances = now.utterances.map((u) => {
    const was = old.get(u.id);
    return was && equal(was, u) ? was : u;
  });
  return { ...now, utterances };
}

/** The document with speakers who have no name called by their number, in the language of the page. */
export const named = (document: Document): Document => ({
  ...document,
  speakers: document.speakers.map((s) => (s.named ? s : { ...s, name: t('transcript.nth_speaker', { n: s.id + 1 }) })),
});

const equal = (a: Utterance, b: Utterance): boolean =>
  a.text === b.text &&
  a.start_ms === b.start_ms &&
  a.end_ms === b.end_ms &&
  a.speaker === b.speaker &&
  a.edited === b.edited &&
  a.checked === b.checked &&
  a.overlap.join() === b.overlap.join() &&
  a.words.join() === b.words.join();
