/** What the window and the program behind it say to each other. The shell's views.rs has the same shapes. */

/** The steps of a job, in their order. */
export const STAGES = ['decode', 'load_model', 'transcribe', 'diarize', 'align', 'save'] as const;
export type Stage = (typeof STAGES)[number];

/** Where a recording stands. */
export type RecordingState =
  | { kind: 'none' }
  | { kind: 'waiting' }
  | { kind: 'running'; stage: Stage; fraction: number; stage_fraction: number; seconds_left: number | null }
  | { kind: 'done' }
  | { kind: 'failed'; notice: Notice }
  | { kind: 'cancelled' };

/** A recording in the library. */
export interface Recording {
  id: string;
  /** Its running, waiting or last job; null where there is none. */
  job: string | null;
  title: string;
  /** File name with ending. */
  file_name: string;
  /** RFC 3339. */
  added_at: string;
  /** Length; null until the file is read. */
  duration_ms: number | null;
  /** How many speakers were found; null where they were not looked for or not yet. */
  speakers: number | null;
  /** Whether a transcript is there. */
  has_transcript: boolean;
  state: RecordingState;
}

/** What happened, and what to do now, in plain words. */
export interface Notice {
  message: string;
  advice: string | null;
}

/** Somebody who speaks. */
export interface Speaker {
  id: number;
  name: string;
}

/** What one person says. */
export interface Utterance {
  id: number;
  speaker: number | null;
  start_ms: number;
  end_ms: number;
  text: string;
  /** Speakers who speak at the same time. */
  overlap: number[];
  /** Ranges in `text`, in UTF-16 units, of words that the recogniser was not sure of. */
  unsure: [number, number][];
}

/** A stretch in which somebody speaks and nothing was written. */
export interface Gap {
  start_ms: number;
  end_ms: number;
}

/** A transcript, as far as it is there. */
export interface Transcript {
  recording: string;
  title: string;
  duration_ms: number;
  language: string | null;
  speakers: Speaker[];
  utterances: Utterance[];
  gaps: Gap[];
  /** False while a job still writes it: text without names. */
  complete: boolean;
}

/** A part of the program that must be there before anything can be transcribed. */
export interface Check {
  what: 'speech' | 'speakers' | 'device';
  ready: boolean;
  /** `Base` or `Processor, 16 cores`. */
  name: string;
  /** Size of the files in bytes, where there are any. */
  bytes: number | null;
}

/** The facts of the status bar and the first screen. */
export interface Status {
  version: string;
  checks: Check[];
  /** Bytes of recordings and text that left this computer. */
  bytes_sent: number;
  /** Whether a model is being downloaded now. */
  downloading: boolean;
  /** Where the library lies on disk. */
  data_dir: string;
  /** What happened before the page was there to hear it; told once. */
  notices: Notice[];
}

/** What came of adding files. */
export interface Added {
  recordings: string[];
  refused: Notice[];
}

/** What the program tells without being asked. */
export type ProgramEvent =
  /** Something in the library changed: read it again. */
  | { kind: 'library' }
  /** One recording's job moved. */
  | { kind: 'state'; recording: string; state: RecordingState }
  /** More text of a running job. */
  | { kind: 'text'; recording: string }
  /** Files were given on the command line or could not be taken. */
  | { kind: 'notice'; notice: Notice }
  /** Files are being dragged over the window; none: they left again. */
  | { kind: 'drag'; files: number | null }
  /** Files were dropped on the window. */
  | { kind: 'drop'; paths: string[] };
