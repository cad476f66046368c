/** Speech that nothing was written for, as far as nobody has written into it since. */
import type { Document, DoubtNote, Span } from '../../backend';

/** Shorter stretches are coughs and breaths; a line for each would bury the text. */
const SHORTEST_MS = 2_000;

/** Gaps without the parts that utterances cover by now, and without those in which nothing is said by a person's word. */
export function openGaps({ gaps, utterances, doubts }: Pick<Document, 'gaps' | 'utterances' | 'doubts'>): Span[] {
  const open: Span[] = [];
  let next = 0;
  for (const gap of gaps) {
    if (doubtOf(gap, doubts)?.settled) continue;
    while (next < utterances.length && utterances[next]!.end_ms <= gap.start_ms) next++;
    let from = gap.start_ms;
    for (let i = next; i < utterances.length && utterances[i]!.start_ms < gap.end_ms; i++) {
      const { start_ms, end_ms } = utterances[i]!;
      if (start_ms - from >= SHORTEST_MS) open.push({ start_ms: from, end_ms: start_ms });
      from = Math.max(from, end_ms);
    }
    if (gap.end_ms - from >= SHORTEST_MS) open.push({ start_ms: from, end_ms: gap.end_ms });
  }
  return open;
}

/** The doubt that a gap, or a part of it, is listed as. */
export const doubtOf = (gap: Span, doubts: readonly DoubtNote[]): DoubtNote | undefined =>
  doubts.find((d) => d.kind === 'speech_without_words' && d.verdict === 'kept' && d.start <= gap.start_ms && d.end >= gap.end_ms);
