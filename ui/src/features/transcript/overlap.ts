/** When somebody else speaks during an utterance, as far as the other's words are written. */
import type { Span, Utterance } from '../../backend';

/** How many utterances before and behind are looked at. */
const NEAR = 6;

/** The stretch in which one of the speakers of `overlap` has an utterance at the same time; null where there is none. */
export function overlapSpan(utterance: Utterance, all: readonly Utterance[]): Span | null {
  const at = all.indexOf(utterance);
  const near = all.slice(Math.max(0, at - NEAR), at + NEAR + 1);
  let longest: Span | null = null;
  for (const other of near) {
    if (other === utterance || other.speaker === null || !utterance.overlap.includes(other.speaker)) continue;
    const start_ms = Math.max(utterance.start_ms, other.start_ms);
    const end_ms = Math.min(utterance.end_ms, other.end_ms);
    if (end_ms > start_ms && (!longest || end_ms - start_ms > longest.end_ms - longest.start_ms)) longest = { start_ms, end_ms };
  }
  return longest;
}
