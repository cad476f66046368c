/** A transcript and what a person does to it. The shell's views/document.rs has the same shapes. */
import type { Notice, Span } from './common';
import type { Marker } from './recorder';

/** A word in an utterance's text: where it stands in UTF-16 units, when it is said, how sure the recogniser is. */
export type Word = [from: number, to: number, start_ms: number, end_ms: number, confidence: number];

/** Somebody who speaks. */
export interface Speaker {
  id: number;
  /** The name given, else "Speaker 1". */
  name: string;
  /** Whether a person gave the name. */
  named: boolean;
  /** Index of the colour and shape, 0 to 11; chosen by the person or by the order of first speech. */
  colour: number;
  /** How long they speak. */
  speech_ms: number;
  /** How many words they say. */
  words: number;
  /** 2 to 10 s of clear speech of nobody else; null where there is none. */
  sample: Span | null;
}

/** What one person says. */
export interface Utterance {
  id: number;
  speaker: number | null;
  start_ms: number;
  end_ms: number;
  text: string;
  words: Word[];
  /** Speakers who speak at the same time. */
  overlap: number[];
  /** Whether a person changed the text. */
  edited: boolean;
  /** Whether a person said that it is right: nothing in it is marked as not sure. */
  checked: boolean;
}

/** A place that is not to be trusted (`st_core::doubt::Doubt`), times in milliseconds. */
export interface DoubtNote {
  id: number;
  kind: 'speech_without_words' | 'words_without_speech' | 'loop' | 'rate' | 'boilerplate' | 'low_confidence';
  start: number;
  end: number;
  /** What a second try came to: the text is doubtful as it stands, was put right, or was taken out. */
  verdict: 'kept' | 'repaired' | 'dropped';
  /** The text in doubt: what was kept, else what stood there before. */
  text: string;
  /** Whether a person said that it is right. */
  settled: boolean;
}

/** Where a transcript comes from and what it amounts to. */
export interface Facts {
  duration_ms: number;
  /** Code of the language; null where nobody speaks. */
  language: string | null;
  /** Mean confidence of all words, 0 to 1; null where there are none. */
  confidence: number | null;
  models: { role: string; name: string }[];
  device: string;
  /** Processing time in milliseconds. */
  processing_ms: number;
  /** RFC 3339. */
  made_at: string;
  sha256: string;
  /** What a reader should know. */
  notes: string[];
  /** Places that were marked while it was recorded here. */
  marks?: Marker[];
  /** Time by kind, in milliseconds. */
  words_ms: number;
  silence_ms: number;
  unwritten_ms: number;
}

/** A transcript, as far as it is there. */
export interface Document {
  /** Null while a job still writes it: text without names that cannot be edited. */
  transcript: string | null;
  recording: string;
  title: string;
  revision: number;
  speakers: Speaker[];
  utterances: Utterance[];
  /** Speech that nothing was written for. */
  gaps: Span[];
  /** Places that are not to be trusted, ordered by time. */
  doubts: DoubtNote[];
  facts: Facts;
  can_undo: boolean;
  can_redo: boolean;
  /** Identities that the next new utterance and speaker take. */
  fresh_utterance: number;
  fresh_speaker: number;
}

/** What an edit, an undo or a redo changed. Whatever is not named stayed as it was. */
export interface Change {
  revision: number;
  /** All speakers as they are now, with their shares. */
  speakers: Speaker[];
  /** Utterances that are new or differ. */
  put: Utterance[];
  /** Utterances that are gone. */
  removed: number[];
  /** All of them as they are now. */
  doubts: DoubtNote[];
  /** All notes among the facts as they are now. */
  notes: string[];
  can_undo: boolean;
  can_redo: boolean;
  fresh_utterance: number;
  fresh_speaker: number;
  confidence: number | null;
}

/** One change, as the engine knows it (`st_core::edit::Edit`). */
export type Edit =
  | { edit: 'replace_text'; utterance: number; text: string }
  /** `words` stay in the first part. */
  | { edit: 'split_utterance'; utterance: number; words: number; new: number }
  | { edit: 'join_utterances'; first: number; second: number }
  | { edit: 'assign_speaker'; utterances: number[]; speaker: number | null }
  | { edit: 'add_speaker'; speaker: { id: number; label: string; name: string | null; colour: number | null } }
  | { edit: 'rename_speaker'; speaker: number; name: string | null }
  | { edit: 'recolour_speaker'; speaker: number; colour: number | null }
  | { edit: 'merge_speakers'; from: number; into: number }
  | { edit: 'remove_speaker'; speaker: number }
  | { edit: 'retime'; utterance: number; span: { start: number; end: number } }
  | { edit: 'delete_utterance'; utterance: number }
  | { edit: 'insert_utterance'; utterance: NewUtterance }
  | { edit: 'mark_checked'; utterances: number[]; checked: boolean }
  | { edit: 'settle_doubts'; doubts: number[]; settled: boolean }
  /** Several as one step of undo; all or none. */
  | { edit: 'together'; edits: Edit[] };

/** An utterance as a person adds it, times in milliseconds; its words come from the text. */
export interface NewUtterance {
  id: number;
  speaker: number | null;
  start: number;
  end: number;
  text: string;
  words: [];
}

/** What is looked for in one transcript. */
export interface FindQuery {
  text: string;
  match_case: boolean;
  whole_word: boolean;
  /** `text` is a regular expression. */
  pattern: boolean;
  /** What is put in place; null where nothing is replaced. `$1` stands for a group of a pattern. */
  replacement: string | null;
}

/** A place that was found: range of the utterance's text in UTF-16 units, and what would stand there. */
export interface Found {
  utterance: number;
  from: number;
  to: number;
  replacement: string | null;
}

/** What a search came to. */
export interface FindResult {
  hits: Found[];
  /** What is wrong with the pattern. */
  problem: Notice | null;
}
