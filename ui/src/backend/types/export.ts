/** Files for others. The shell hands these shapes to the engine as they are (`st_export::ExportOptions`). */
import type { Notice } from './common';

/** Limits of subtitles. */
export interface CueLimits {
  /** Characters of a line; a Chinese, Japanese or Korean one counts two. */
  columns: number;
  lines: number;
  least_ms: number;
  most_ms: number;
  /** Characters a second that can be read. */
  reading_speed: number;
  gap_ms: number;
}

/** What can be chosen about a file; a format passes over what does not concern it. */
export interface ExportOptions {
  timestamps: boolean;
  speakers: boolean;
  confidence: boolean;
  /** Facts about the recording before the text; what else stands there is said by the parts below. */
  summary: boolean;
  paper: 'a4' | 'letter';
  line_numbers: boolean;
  /** The record of origin as a page of its own. */
  origin: boolean;
  /** A mark at the start of tables, without which some programs misread letters. */
  csv_bom: boolean;
  /** In a web page: a player for the recording, which is looked for beside the page under its own name. */
  audio_link: boolean;
  cues: CueLimits;
  /** Parts of the summary. */
  shares: boolean;
  average_confidence: boolean;
  questions: boolean;
  actions: boolean;
  next_steps: boolean;
}

/** A format of the export menu. */
export interface ExportFormat {
  /** `srt`. */
  id: string;
  extension: string;
  name: string;
  /** The options that it heeds. */
  options: (keyof ExportOptions)[];
}

/** A file that was written. */
export interface Exported {
  path: string;
  bytes: number;
}

/** What somebody should know before a transcript is given away. */
export interface ExportDoubt {
  transcript: string;
  title: string;
  /** `empty`: it has no words; `unfinished`: a part of the recording was not transcribed. */
  reason: 'empty' | 'unfinished';
}

/** A file that would be written into a folder. */
export interface PlannedExport {
  transcript: string;
  format: string;
  /** File name with ending. */
  name: string;
  /** Whether a file of this name is there. */
  exists: boolean;
}

/** What came of exporting several: the others are written where one is refused. */
export interface ExportedMany {
  written: Exported[];
  refused: Notice[];
}
