/** What the document shows, line by line: utterances and, between them, speech without words and long silences. */
import type { Speaker, Span, Utterance } from '../../backend';

export type Line =
  | {
      kind: 'utterance';
      key: string;
      utterance: Utterance;
      speaker: Speaker | null;
      /** Whether the name is shown: not again where the same speaker goes on. */
      named: boolean;
      /** Whether the same speaker, or nobody known, spoke in the line before. */
      follows: boolean;
      /** Whether the same speaker goes on in the next line. */
      goesOn: boolean;
      /** Number among the utterances, from 1. */
      number: number;
    }
  | { kind: 'gap'; key: string; span: Span }
  | { kind: 'silence'; key: string; span: Span };

/** Silences from this length on get a line. */
const LONG_SILENCE_MS = 5_000;

/** Puts utterances, gaps and silences into the order of time. `end_ms` is the recording's length, null while it is being written. */
export function layOut(
  utterances: readonly Utterance[],
  speakers: ReadonlyMap<number, Speaker>,
  gaps: readonly Span[],
  end_ms: number | null,
): Line[] {
  const lines: Line[] = [];
  let [nextGap, heard] = [0, 0];
  let last: (Line & { kind: 'utterance' }) | null = null;
  const silence = (until: number): void => {
    if (until - heard < LONG_SILENCE_MS) return;
    lines.push({ kind: 'silence', key: `s${heard}`, span: { start_ms: heard, end_ms: until } });
    last = null;
  };
  const gapsBefore = (until: number): void => {
    for (let gap = gaps[nextGap]; gap && gap.start_ms < until; gap = gaps[++nextGap]) {
      silence(gap.start_ms);
      lines.push({ kind: 'gap', key: `g${gap.start_ms}`, span: gap });
      heard = Math.max(heard, gap.end_ms);
      last = null;
    }
  };
  utterances.forEach((utterance, index) => {
    gapsBefore(utterance.start_ms);
    silence(utterance.start_ms);
    const speaker = utterance.speaker === null ? null : (speakers.get(utterance.speaker) ?? null);
    const same: boolean = last !== null && last.speaker?.id === speaker?.id;
    if (last && same) last.goesOn = true;
    const named = speaker !== null && !same;
    last = { kind: 'utterance', key: `u${utterance.id}`, utterance, speaker, named, follows: same, goesOn: false, number: index + 1 };
    lines.push(last);
    heard = Math.max(heard, utterance.end_ms);
  });
  gapsBefore(Infinity);
  if (end_ms !== null) silence(end_ms);
  return lines;
}

/** Whether a line looks as it did, as far as its height is concerned. */
export function sameLine(a: Line, b: Line): boolean {
  if (a.kind !== 'utterance' || b.kind !== 'utterance') return a.kind === b.kind;
  return a.utterance.text === b.utterance.text && a.named === b.named && a.follows === b.follows && a.goesOn === b.goesOn;
}

/** Key of an utterance's line. */
export const keyOf = (utterance: number): string => `u${utterance}`;

/** A stretch of a text with a mark. */
export interface Mark {
  from: number;
  to: number;
  kind: 'unsure' | 'hit' | 'current';
  /** Shown when pointed at. */
  title?: string;
}

/** A text cut wherever a mark begins or ends; nothing is lost, whatever the marks. */
export function pieces(text: string, marks: readonly Mark[]): { text: string; marks: Mark[] }[] {
  const cuts = new Set([0, text.length]);
  for (const { from, to } of marks) {
    if (from < to) for (const at of [from, to]) if (at > 0 && at < text.length) cuts.add(at);
  }
  const places = [...cuts].sort((a, b) => a - b);
  return places.slice(0, -1).map((from, i) => {
    const to = places[i + 1] ?? text.length;
    return { text: text.slice(from, to), marks: marks.filter((mark) => mark.from < to && mark.to > from) };
  });
}
