/** Which word is at a time, at the caret, or before a cut. */
import type { Utterance, Word } from '../../backend';

/** Pauses shorter than this belong to the word before, so that the mark does not flicker. */
const SHORT_PAUSE_MS = 400;

/** Number of items whose `key` is at most `limit`; the items are in the order of `key`. */
function upTo<T>(items: readonly T[], limit: number, key: (item: T) => number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(items[middle]!) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the word that is said at a time, -1 for none. */
export function wordAtTime(words: readonly Word[], ms: number): number {
  const index = upTo(words, ms, (word) => word[2]) - 1;
  const word = words[index];
  if (!word) return -1;
  const next = words[index + 1]?.[2] ?? word[3];
  const end = next - word[3] <= SHORT_PAUSE_MS ? Math.max(next, word[3]) : word[3];
  return ms < end ? index : -1;
}

/** Index of the word at a place of the text, else of the one before it; -1 where there is none. */
export const wordAtOffset = (words: readonly Word[], offset: number): number =>
  upTo(words, offset, (word) => word[0]) - 1;

/** How many words stay before a cut at a place of the text; a word that the cut goes through goes where most of it is. */
export function wordsBefore(words: readonly Word[], offset: number): number {
  const index = upTo(words, offset, (word) => word[0]) - 1;
  const word = words[index];
  if (!word) return 0;
  return offset * 2 >= word[0] + word[1] ? index + 1 : index;
}

/** Time at a place of the text: the start of the word there. */
export function timeAt(utterance: Utterance, offset: number): number {
  return utterance.words[Math.max(0, wordAtOffset(utterance.words, offset))]?.[2] ?? utterance.start_ms;
}

/** Index of the utterance that is heard at a time, else of the last one before it; -1 before the first. */
export function utteranceAtTime(utterances: readonly Utterance[], ms: number): number {
  const index = upTo(utterances, ms, (u) => u.start_ms) - 1;
  const found = utterances[index];
  // Where the newest one is over already, a longer one that began before may still go on.
  if (found && found.end_ms <= ms) {
    for (let i = index - 1; i >= Math.max(0, index - 4); i--) {
      if (utterances[i]!.end_ms > ms) return i;
    }
  }
  return index;
}

/** Words that want a look, as ranges of the text. */
export function unsureWords(utterance: Utterance, below: number): Word[] {
  return utterance.checked ? [] : utterance.words.filter((word) => word[4] < below);
}
