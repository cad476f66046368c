/** What several parts of the contract share. */

/** What happened, and what to do now, in plain words. */
export interface Notice {
  message: string;
  advice: string | null;
  /** Facts for whoever helps: shown under "Details". */
  detail: string | null;
  /** The engine's code where the page reacts to it: `conflict`, `output_exists`, … */
  code: string | null;
}

/** A stretch of a recording in milliseconds, the end not included. */
export interface Span {
  start_ms: number;
  end_ms: number;
}
