/** Live recording. The program records; the page shows how it goes. */
import type { Span } from './common';

/** Something that sound comes from. */
export interface Input {
  /** Names it as long as it is plugged in, and again when it comes back. */
  id: string;
  /** As the system calls it. */
  name: string;
  /** `system`: what this computer plays. */
  kind: 'microphone' | 'system';
  /** Whether the system takes it where nothing else is said. */
  usual: boolean;
  /** Samples a second; null where it is not known before it is opened. */
  rate: number | null;
  channels: number | null;
}

/** What is recorded. */
export interface Sources {
  /** Id of an input; null follows the system's usual one. */
  input: string | null;
  /** Id of an input of the kind `system`, kept as a channel of its own; null for none. */
  system: string | null;
}

/** A place that somebody marked while recording. */
export interface Marker {
  id: number;
  at_ms: number;
  /** May be empty. */
  note: string;
}

/** A stretch without sound in the recording: `at_ms` is where, `length_ms` how long by the clock on the wall. */
export interface RecordingGap {
  at_ms: number;
  length_ms: number;
  why: 'paused' | 'device';
}

/** What a person should know while it goes on. Gone from the list when it is over. */
export type RecorderWarning =
  /** Nothing above −55 dB since so long; `off`: the system says that the input is muted or turned down to nothing. */
  | { kind: 'no_signal'; since_ms: number; cause: 'off' | 'unknown' }
  /** Samples at full scale, in so many places. */
  | { kind: 'clipping'; count: number }
  /** The input went away at this place of the recording, and nothing is recorded until it or another comes. */
  | { kind: 'device_gone'; name: string; at_ms: number }
  /** The input went away and this one took its place. */
  | { kind: 'device_changed'; name: string; at_ms: number }
  /** The system does not let this program hear the input. */
  | { kind: 'no_permission' }
  /** The disk holds so much more of this recording. */
  | { kind: 'disk_low'; left_ms: number }
  /** So much sound was lost since the computer could not follow. */
  | { kind: 'overrun'; lost_ms: number }
  /** Text is left out of the preview since this computer is too slow for it; the recording is whole. */
  | { kind: 'preview_behind'; skipped_ms: number };

export type RecorderPhase = 'idle' | 'starting' | 'recording' | 'paused' | 'waiting' | 'stopping';

/** How a recording stands. `waiting`: no input is there, it goes on by itself when one comes. */
export interface RecorderState {
  phase: RecorderPhase;
  /** RFC 3339; null while idle. */
  started_at: string | null;
  /** Length of what was recorded, pauses not counted. */
  elapsed_ms: number;
  /** So much of it is surely on disk. */
  saved_ms: number;
  /** RMS of the last 300 ms and their peak, in dB of full scale; null where nothing is heard. */
  level_db: number | null;
  peak_db: number | null;
  /** Places with samples at full scale, all together. */
  clipped: number;
  /** Id of what is recorded now; null while no input is open. */
  input: string | null;
  /** Id of the system sound that is recorded beside it. */
  system: string | null;
  markers: Marker[];
  gaps: RecordingGap[];
  /** How often sound was lost since the computer could not follow. */
  overruns: number;
  warnings: RecorderWarning[];
  /** Length of the file. */
  bytes: number;
  /** Free space where it is written. */
  free_bytes: number;
  /** How much more of this recording the disk holds; null while that is not known. */
  room_ms: number | null;
  /** Name of the model that writes the preview; null: there is none. */
  preview: string | null;
}

/** Text that is heard while recording: provisional, never kept. */
export interface PreviewPiece extends Span {
  text: string;
  /** False: its words may still change. */
  settled: boolean;
}

/** A recording that was not finished, or that somebody discarded less than a day ago. */
export interface LeftRecording {
  id: string;
  /** RFC 3339. */
  started_at: string;
  duration_ms: number;
  bytes: number;
  path: string;
  /** RFC 3339; null: it was interrupted. */
  discarded_at: string | null;
}
