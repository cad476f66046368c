/** What a person chose once for all. */
import type { JobSettings } from './library';

export interface Preferences {
  theme: 'system' | 'light' | 'dark';
  /** Code of the interface's language, or `system`. */
  interface_language: string;
  /** Size of the transcript's text in px, 13 to 22. */
  text_size: number;
  /** Words below this confidence are marked, 0 to 1. */
  unsure_below: number;
  /** Seconds that playing steps back when it goes on, 0 to 5. */
  back_step: number;
  /** `error`, `warn`, `info`, `debug`. */
  log_level: string;
  /** Tell the system when a long job ends. */
  notify: boolean;
  /** Options of each export format by its id. */
  exports: Record<string, ExportOptions>;
  /** The format chosen last. */
  last_export: string | null;
  /** Keys that differ from the usual ones: command to combination. */
  keys: Record<string, string>;
}

export interface Settings {
  job: JobSettings;
  preferences: Preferences;
}

/** What can be chosen about a file; a format passes over what does not concern it. */
export interface ExportOptions {
  timestamps: boolean;
  speakers: boolean;
  confidence: boolean;
  summary: boolean;
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

/** A language that can be transcribed. */
export interface Language {
  code: string;
  /** Its English name. */
  name: string;
}
