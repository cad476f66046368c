/** The models on this computer and those that could be. */
import type { Notice } from './common';

export type ModelState =
  | { kind: 'absent' }
  | { kind: 'downloading'; done: number; total: number }
  /** A part is here; the download goes on where it stopped. */
  | { kind: 'paused'; done: number; total: number }
  | { kind: 'checking' }
  | { kind: 'ready' }
  | { kind: 'failed'; notice: Notice };

export interface Model {
  /** `base`, `large-v3-turbo-q5_0`, `segmentation`. */
  name: string;
  title: string;
  role: 'recogniser' | 'segmentation' | 'embedding' | 'vad';
  /** `f16`, `q8_0`, … */
  precision: string;
  multilingual: boolean;
  bytes: number;
  /** Memory that it needs, in bytes; null where it is not known. */
  memory: number | null;
  /** Whether that fits this machine. */
  fits: boolean;
  licence: string;
  credit: string;
  /** Whether the file is the program's own to remove. */
  removable: boolean;
  /** Whether the registry knows it; false for a file of one's own. */
  known: boolean;
  /** Whether a job with the model `auto` takes it. */
  preferred: boolean;
  state: ModelState;
}
