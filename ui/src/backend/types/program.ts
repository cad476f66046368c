/** The program itself. */
import type { Notice } from './common';
import type { RecordingState } from './library';
import type { ModelState } from './models';
import type { PlayerState } from './player';
import type { PreviewPiece, RecorderState } from './recorder';

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

/** What this program, its workers included, uses now. */
export interface Usage {
  memory_bytes: number;
  total_memory_bytes: number;
  /** Part of all processors, 0 to 1. */
  processor: number;
}

/** A graphics card as its driver describes it at one moment. Bytes, degrees Celsius, watts. */
export interface Card {
  /** Its place on the bus: `0000:01:00.0`. */
  bus: string;
  name: string;
  /** 0 where it is not told. */
  memory_total: number;
  memory_free: number;
  /** Used by this program; null where the driver does not say whose memory it is. */
  memory_ours: number | null;
  /** Part of the time in which it computed, 0 to 1. */
  utilisation: number | null;
  temperature: number | null;
  power: number | null;
  /** Version of its driver; empty where it is not told. */
  driver: string;
  /** NVIDIA's compute capability, major and minor number. */
  capability: [number, number] | null;
  /** Whether it shares the memory of the machine. */
  integrated: boolean;
  /** Why it cannot be read, where it cannot: a sentence of the program. */
  problem: string | null;
}

/** Cards and machine at one moment. */
export interface Gauge {
  cards: Card[];
  usage: Usage;
  /** What runs a job now, in words; null where nothing does. */
  device: string | null;
}

/** A compute device. */
export interface Device {
  /** What settings call it. */
  id: string;
  name: string;
  kind: string;
}

/** A component that is shipped with the program. */
export interface Component {
  name: string;
  version: string;
  licence: string;
}

/** What the program tells without being asked. */
export type ProgramEvent =
  /** Something in the library changed: read it again. */
  | { kind: 'library' }
  /** A transcript was changed, here or elsewhere, and has this revision now. */
  | { kind: 'document'; transcript: string; revision: number }
  /** One recording's job moved. */
  | { kind: 'state'; recording: string; state: RecordingState }
  /** More text of a running job. */
  | { kind: 'text'; recording: string }
  /** A long job ended while the window was not looked at, or something else should be known. */
  | { kind: 'notice'; notice: Notice }
  /** The player moved; about ten times a second while playing. */
  | { kind: 'player'; state: PlayerState }
  /** A model came, went or got further. */
  | { kind: 'model'; name: string; state: ModelState }
  /** How the recording stands: about ten times a second while an input is open, and at each change. */
  | { kind: 'recorder'; state: RecorderState }
  /** Text of the recording that runs; takes the place of all pieces from the start of the first one on. */
  | { kind: 'preview'; pieces: PreviewPiece[] }
  /** A recording ended without being asked, for which a notice gives the reason; null where the library did not take it. */
  | { kind: 'record_ended'; recording: string | null }
  /** An input came or went. */
  | { kind: 'inputs' }
  /** The window is asked to close while this many jobs run; the page knows itself whether it records. */
  | { kind: 'closing'; running: number }
  /** Files are being dragged over the window; none: they left again. */
  | { kind: 'drag'; files: number | null }
  /** Files were dropped on the window, pasted, or given to a second start. */
  | { kind: 'drop'; paths: string[] };
