/** What the document shows, line by line: utterances and, between them, speech without words. */
import type { Gap, Transcript, Utterance } from '../../backend';

export type Line =
  | {
      kind: 'utterance';
      key: string;
      utterance: Utterance;
      /** Place of the speaker in the transcript, which gives the colour; null without a speaker. */
      place: number | null;
      /** Whether the name is shown: not again where the same speaker goes on. */
      named: boolean;
      /** Number among the utterances, from 1. */
      number: number;
    }
  | { kind: 'gap'; key: string; gap: Gap };

/** Shorter stretches are coughs and breaths; a line for each would bury the text. */
const SHORTEST_GAP_MS = 2_000;

/** Puts utterances and gaps into the order of time. */
export function layOut(transcript: Transcript): Line[] {
  const places = new Map(transcript.speakers.map((speaker, place) => [speaker.id, place]));
  const gaps = transcript.gaps.filter((gap) => gap.end_ms - gap.start_ms >= SHORTEST_GAP_MS);
  const lines: Line[] = [];
  let next = 0;
  let before: number | null | undefined;
  const putGaps = (until: number) => {
    for (let gap = gaps[next]; gap && gap.start_ms < until; gap = gaps[++next]) {
      lines.push({ kind: 'gap', key: `g${gap.start_ms}`, gap });
      before = undefined;
    }
  };
  transcript.utterances.forEach((utterance, index) => {
    putGaps(utterance.start_ms);
    const place = utterance.speaker === null ? null : (places.get(utterance.speaker) ?? null);
    const named = place !== null && utterance.speaker !== before;
    lines.push({ kind: 'utterance', key: `u${utterance.id}`, utterance, place, named, number: index + 1 });
    before = utterance.speaker;
  });
  putGaps(Infinity);
  return lines;
}

/** A text cut at the words that the recogniser was not sure of. */
export function pieces(text: string, unsure: [number, number][]): { text: string; unsure: boolean }[] {
  const out: { text: string; unsure: boolean }[] = [];
  let at = 0;
  for (const [from, to] of unsure) {
    if (from < at || to <= from || to > text.length) continue;
    if (from > at) out.push({ text: text.slice(at, from), unsure: false });
    out.push({ text: text.slice(from, to), unsure: true });
    at = to;
  }
  if (at < text.length) out.push({ text: text.slice(at), unsure: false });
  return out;
}
