/** Recordings and the jobs on them. The shell's views/library.rs has the same shapes. */
import type { Notice, Span } from './common';

/** The steps of a job, in their order. */
export const STAGES = ['decode', 'load_model', 'transcribe', 'diarize', 'align', 'save'] as const;
export type Stage = (typeof STAGES)[number];

/** Where a recording stands. */
export type RecordingState =
  | { kind: 'none' }
  | { kind: 'waiting' }
  /** Waits until the person lets it go on; what is finished is kept. */
  | { kind: 'paused' }
  | {
      kind: 'running';
      stage: Stage;
      /** Part of the job that is done, 0 to 1. */
      fraction: number;
      /** Part of the stage that is done, 0 to 1. */
      stage_fraction: number;
      /** Null until it can be told. */
      seconds_left: number | null;
      /** Audio time by processing time in this stage; null until it can be told. */
      speed: number | null;
      /** `CPU, 2 threads`; null until it is chosen. */
      device: string | null;
    }
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
  /** Where the file lies. */
  path: string;
  /** Whether the file is a copy that belongs to the library. */
  copied: boolean;
  /** Whether there is a recording at all: a transcript can be imported without one. */
  has_sound: boolean;
  /** Whether the file is not where it was. */
  missing: boolean;
  /** RFC 3339. */
  added_at: string;
  /** Length; null until the file is read. */
  duration_ms: number | null;
  /** How many speakers were found; null where they were not looked for or not yet. */
  speakers: number | null;
  /** Its newest transcript; null where there is none. */
  transcript: string | null;
  /** Place in the queue, lowest first; null for a job that neither waits nor runs. */
  position: number | null;
  /** The settings of its last job. */
  settings: JobSettings | null;
  state: RecordingState;
}

/** How a recording is to be transcribed. */
export interface JobSettings {
  /** Name of a model, or `auto`. */
  model: string;
  /** Code such as `en`, or `auto`. */
  language: string;
  translate: boolean;
  /** `auto`, `off`, `3` or `2-5`. */
  speakers: string;
  /** Whether channels are transcribed one by one, each with its own speakers: where they are sides of a call, always, never. */
  channels: 'auto' | 'split' | 'mix';
  /** `auto` or the id of a device. */
  device: string;
  /** Null for what suits the machine. */
  threads: number | null;
  /** Greedy decoding: quicker, a little less exact. */
  fast: boolean;
  /** Less power, and longer, while the computer runs on its battery. */
  gentle_on_battery: boolean;
  /** Names and terms that are likely. */
  words: string[];
  /** Copy the recording into the library. */
  copy_recording: boolean;
}

/** A file that is in the library already, by content. */
export interface Duplicate {
  path: string;
  name: string;
  /** The recording that is the same. */
  recording: string;
  title: string;
}

/** What came of adding files. */
export interface Added {
  recordings: string[];
  refused: Notice[];
  duplicates: Duplicate[];
}

/** A transcript file that can be taken in. */
export interface ImportFile {
  path: string;
  /** File name with ending. */
  name: string;
  /** A recording of the same name beside it. */
  audio: string | null;
}

/** An utterance that holds what was looked for. */
export interface SearchHit {
  recording: string;
  title: string;
  transcript: string;
  utterance: number;
  start_ms: number;
  text: string;
}

/** A waveform. */
export interface Waveform {
  duration_ms: number;
  /** Amplitudes a second. */
  per_second: number;
  /** One byte an amplitude, 255 for full scale. */
  peaks: Uint8Array;
  /** Where somebody speaks. */
  speech: Span[];
}
