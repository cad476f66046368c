/** Transcripts for the scenes. */
import { retext } from '../src/backend/memory/retext';
import type { Document, Speaker, Utterance, Waveform } from '../src/backend';

/** Who speaks, and what they say. */
export type Said = [speaker: number | null, text: string];

export const TALK: Said[] = [
  [0, 'Let’s go back to the summer of 2019. You said the well was still enough for the whole village then. What changed?'],
  [1, 'كانت البئر تكفي القرية كلها حتى صيف 2019. بعد ذلك صار علينا أن نشتري الماء من الصهاريج.'],
  [2, 'The well was enough for the whole village until the summer of 2019. After that we had to buy our water from the tankers, and the price went up almost every month.'],
  [0, 'Who owned the tankers?'],
  [1, 'اثنان منها للجمعية التعاونية، والباقي لا أريد أن أذكر أصحابها.'],
  [2, 'Two belonged to the cooperative. The others, she would rather not name. There was a contract with a company called Al-Safa Haulage, she thinks, but she never saw the paper itself.'],
  [3, 'Sorry, it was Al-Safwa. I have the invoice in the car.'],
  [0, 'Could you show it to us afterwards? It would help to see the date on it.'],
];

export const NAMES = ['Lena Brandt', 'Samira Haddad', 'Yusuf Karim', 'Speaker 4'];

/** A transcript of these, one after the other, with a pause between two. */
export function documentOf(recording: string, said: Said[], names = NAMES, more: Partial<Document> = {}): Document {
  let at = 0;
  const utterances = said.map(([speaker, text], index): Utterance => {
    const span = { start_ms: at, end_ms: at + Math.max(1200, text.length * 62) };
    at = span.end_ms + 600;
    const words = retext('', [], text, span).map((word, i): typeof word => {
      const [from, to, start, end] = word;
      return [from, to, start, end, (i * 7 + index * 3) % 23 === 4 ? 0.41 : 0.94];
    });
    return { id: index + 1, speaker, ...span, text, words, overlap: [], edited: false, checked: false };
  });
  const speakers = names.map((name, id): Speaker => {
    const own = utterances.filter((u) => u.speaker === id);
    return {
      id,
      name,
      named: !/^Speaker \d+$/.test(name),
      colour: id % 12,
      speech_ms: own.reduce((sum, u) => sum + u.end_ms - u.start_ms, 0),
      words: own.reduce((sum, u) => sum + u.words.length, 0),
      sample: own[0] ? { start_ms: own[0].start_ms, end_ms: own[0].start_ms + 3000 } : null,
    };
  });
  return {
    transcript: `t-${recording}`,
    recording,
    title: recording,
    revision: 1,
    speakers,
    utterances,
    gaps: [],
    doubts: [],
    facts: {
      duration_ms: at + 18_000,
      language: 'en',
      confidence: 0.91,
      models: [{ role: 'recogniser', name: 'Large v3 Turbo, q5' }],
      device: 'Processor, 2 threads',
      processing_ms: 534_000,
      made_at: '2026-03-18T14:02:00Z',
      sha256: '9f3c71ab27c1d5f06a8e4b1297d3f8806f5a1c4be2097d33a1b6c8d7e04d2b18',
      notes: [],
      words_ms: at,
      silence_ms: 12_600,
      unwritten_ms: 18_000,
    },
    can_undo: true,
    can_redo: false,
    fresh_utterance: said.length + 1,
    fresh_speaker: names.length,
    ...more,
  };
}

/** So many utterances of the talk, again and again: 6,000 are about ten hours. */
export const longTalk = (count: number): Said[] =>
  Array.from({ length: count }, (_, i) => TALK[(i * 5 + Math.floor(i / 8)) % TALK.length] ?? TALK[0]!);

/** A waveform that looks like speech. */
export function waveformOf(document: Document): Waveform {
  const { duration_ms } = document.facts;
  const per_second = 20;
  const peaks = Uint8Array.from({ length: Math.ceil((duration_ms / 1000) * per_second) }, (_, i) => {
    const at = (i / per_second) * 1000;
    const spoken = document.utterances.some((u) => u.start_ms <= at && at < u.end_ms);
    return spoken ? 60 + Math.round(150 * Math.abs(Math.sin(i * 1.7) * Math.cos(i * 0.31))) : 3;
  });
  return { duration_ms, per_second, peaks, speech: document.utterances.map(({ start_ms, end_ms }) => ({ start_ms, end_ms })) };
}
