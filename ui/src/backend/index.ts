/** The one way from the page to the program. The window uses tauri.ts, tests use memory.ts. */
import type { Added, ProgramEvent, Recording, Status, Transcript } from './types';

export * from './types';

/** Everything that the page can ask for. A refusal rejects with a Notice. */
export interface Backend {
  library(): Promise<Recording[]>;
  transcript(recording: string): Promise<Transcript | null>;
  status(): Promise<Status>;
  /** Opens the system's file dialog under a title; resolves to nothing added where the person closes it. */
  chooseFiles(title: string): Promise<Added>;
  addFiles(paths: string[]): Promise<Added>;
  cancel(job: string): Promise<void>;
  /** Goes on with a cancelled job, or tries a failed one again. */
  retry(recording: string): Promise<void>;
  /** Takes a recording and its transcript out of the library; the original file stays. */
  remove(recording: string): Promise<void>;
  /** Calls back for each event until the returned function is called. */
  listen(handler: (event: ProgramEvent) => void): Promise<() => void>;
}
