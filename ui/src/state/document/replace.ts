/** What replacing hits makes of texts: shown before, done as one edit after. */
import type { Edit, Found, Utterance } from '../../backend';
import { together } from './actions';

/** A hit with what stands around it, before and after. */
export interface Preview {
  hit: Found;
  at_ms: number;
  before: string;
  found: string;
  replacement: string;
  after: string;
}

/** So much text is shown around a hit. */
const AROUND = 28;

/** A text with hits replaced; the hits are in order and do not overlap. */
export function replaced(text: string, hits: readonly Found[]): string {
  let [out, at] = ['', 0];
  for (const { from, to, replacement } of hits) {
    if (from < at || replacement === null) continue;
    out += text.slice(at, from) + replacement;
    at = to;
  }
  return out + text.slice(at);
}

/** The edit that replaces hits, one step of undo whatever their number; null where nothing would change. */
export function replaceEdit(utterance: (id: number) => Utterance | undefined, hits: readonly Found[]): Edit | null {
  const edits: Edit[] = [];
  for (const [id, own] of byUtterance(hits)) {
    const text = utterance(id)?.text;
    if (text === undefined) continue;
    const next = replaced(text, own);
    if (next !== text) edits.push({ edit: 'replace_text', utterance: id, text: next });
  }
  return edits.length === 0 ? null : together(edits);
}

/** Hits of each utterance. */
export function byUtterance(hits: readonly Found[]): Map<number, Found[]> {
  const all = new Map<number, Found[]>();
  for (const hit of hits) {
    const own = all.get(hit.utterance);
    if (own) own.push(hit);
    else all.set(hit.utterance, [hit]);
  }
  return all;
}

/** What would become of each hit. */
export function previews(utterance: (id: number) => Utterance | undefined, hits: readonly Found[]): Preview[] {
  return hits.flatMap((hit) => {
    const said = utterance(hit.utterance);
    if (!said) return [];
    const { text, start_ms } = said;
    const [from, to] = [Math.max(0, hit.from - AROUND), Math.min(text.length, hit.to + AROUND)];
    return {
      hit,
      at_ms: start_ms,
      before: (from > 0 ? '…' : '') + text.slice(from, hit.from),
      found: text.slice(hit.from, hit.to),
      replacement: hit.replacement ?? '',
      after: text.slice(hit.to, to) + (to < text.length ? '…' : ''),
    };
  });
}
