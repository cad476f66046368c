/** Hearing a recording. The engine plays; the page shows where it is. */
import type { Notice, Span } from './common';

export interface PlayerState {
  /** The recording that is loaded. */
  recording: string | null;
  playing: boolean;
  /** What is heard now. */
  position_ms: number;
  duration_ms: number;
  /** 0.5 to 3. */
  rate: number;
  /** 0 to 1. */
  volume: number;
  loop: Span | null;
  /** Why nothing is heard. */
  problem: Notice | null;
}
