/** A backend that lives in memory: for tests of the page, which need no program. */
import type { Added, Backend, ProgramEvent, Recording, RecordingState, Status, Transcript } from './index';

/** A library in memory; a test changes it through the methods below the interface's own. */
export class MemoryBackend implements Backend {
  recordings: Recording[] = [];
  transcripts = new Map<string, Transcript>();
  /** Every call that changes something, in order. */
  calls: string[] = [];
  /** What the file dialog gives next. */
  nextChoice: string[] = [];
  statusNow: Status = {
    version: '0.1.0',
    checks: [
      { what: 'speech', ready: true, name: 'Base', bytes: 147_951_465 },
      { what: 'speakers', ready: true, name: '', bytes: 33_870_503 },
      { what: 'device', ready: true, name: 'Processor, 2 cores', bytes: null },
    ],
    bytes_sent: 0,
    downloading: false,
    data_dir: '/data',
    notices: [],
  };
  #handlers = new Set<(event: ProgramEvent) => void>();

  library = async (): Promise<Recording[]> => this.recordings.map((r) => ({ ...r }));
  transcript = async (recording: string): Promise<Transcript | null> => this.transcripts.get(recording) ?? null;
  status = async (): Promise<Status> => this.statusNow;
  chooseFiles = (): Promise<Added> => this.addFiles(this.nextChoice);

  async addFiles(paths: string[]): Promise<Added> {
    const added: Added = { recordings: [], refused: [] };
    for (const path of paths) {
      const name = path.split('/').at(-1) ?? path;
      if (name.endsWith('.pdf')) {
        added.refused.push({
          message: `“${name}” is not audio or video.`,
          advice: 'It looks like a PDF. Drop the recording itself.',
        });
        continue;
      }
      const id = `r${this.recordings.length + 1}`;
      this.recordings.unshift({
        id,
        job: `j${id}`,
        title: name.replace(/\.[^.]+$/, ''),
        file_name: name,
        added_at: new Date().toISOString(),
        duration_ms: 65_000,
        speakers: null,
        has_transcript: false,
        state: { kind: 'waiting' },
      });
      added.recordings.push(id);
    }
    this.emit({ kind: 'library' });
    return added;
  }

  async cancel(job: string): Promise<void> {
    this.calls.push(`cancel ${job}`);
    const found = this.recordings.find((r) => r.job === job);
    if (found) this.move(found.id, { kind: 'cancelled' });
  }

  async retry(recording: string): Promise<void> {
    this.calls.push(`retry ${recording}`);
    this.move(recording, { kind: 'waiting' });
  }

  async remove(recording: string): Promise<void> {
    this.calls.push(`remove ${recording}`);
    this.recordings = this.recordings.filter((r) => r.id !== recording);
    this.emit({ kind: 'library' });
  }

  async listen(handler: (event: ProgramEvent) => void): Promise<() => void> {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /** Puts a recording's job into another state and tells so. */
  move(recording: string, state: RecordingState): void {
    const found = this.recordings.find((r) => r.id === recording);
    if (found) found.state = state;
    this.emit({ kind: 'state', recording, state });
  }

  /** Tells the page something. */
  emit(event: ProgramEvent): void {
    for (const handler of this.#handlers) handler(event);
  }
}
