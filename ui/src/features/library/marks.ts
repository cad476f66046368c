/** What was looked for, marked in the sentence that holds it. */

export interface Piece {
  text: string;
  marked: boolean;
}

/** Letters without case and accents, so that `cafe` is found in “Café”, as the search of the program does it. */
const bare = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase();

/** Words of a search; quotes hold several together. */
const wordsOf = (query: string): string[] =>
  [...query.matchAll(/"([^"]+)"|(\S+)/g)].map((m) => bare((m[1] ?? m[2] ?? '').replaceAll('"', '')).replace(/\*$/, '')).filter(Boolean);

/** A text cut at the words that begin with what was looked for, shortened to the neighbourhood of the first one. */
export function marks(text: string, query: string, before = 40): Piece[] {
  const wanted = wordsOf(query);
  const pieces: Piece[] = [];
  let last = 0;
  let first = -1;
  for (const match of text.matchAll(/[\p{L}\p{M}\p{N}'’]+/gu)) {
    const word = bare(match[0]);
    if (!wanted.some((w) => w.split(/\s+/).some((part) => word.startsWith(part)))) continue;
    if (first < 0) first = match.index;
    if (match.index > last) pieces.push({ text: text.slice(last, match.index), marked: false });
    pieces.push({ text: match[0], marked: true });
    last = match.index + match[0].length;
  }
  if (last < text.length) pieces.push({ text: text.slice(last), marked: false });
  const [lead] = pieces;
  if (lead && !lead.marked && first > before) {
    const cut = lead.text.indexOf(' ', lead.text.length - before);
    lead.text = `… ${lead.text.slice(cut < 0 ? lead.text.length - before : cut + 1)}`;
  }
  return pieces;
}
