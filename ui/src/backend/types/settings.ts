/** What a person chose once for all. */
import type { ExportOptions } from './export';
import type { JobSettings } from './library';
import type { Sources } from './recorder';

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
  /** Offer the names of voices that were remembered. */
  remember_voices: boolean;
  /** Options of each export format by its id. */
  exports: Record<string, ExportOptions>;
  /** The format chosen last. */
  last_export: string | null;
  /** The formats that several transcripts were last exported in. */
  many_exports: string[];
  /** What was recorded last. */
  sources: Sources;
  /** Keep what is recorded as FLAC. */
  record_flac: boolean;
  /** Keys that differ from the usual ones: command to combination. */
  keys: Record<string, string>;
}

export interface Settings {
  job: JobSettings;
  preferences: Preferences;
}

/** A language that can be transcribed. */
export interface Language {
  code: string;
  /** Its English name. */
  name: string;
}
