/** The library and the queue in memory. */
import type { LibraryBackend } from '../index';
import type { Added, ImportFile, JobSettings, Recording, RecordingState, SearchHit, Waveform } from '../types';
import { type Hub, notice } from './hub';

export class MemoryLibrary implements LibraryBackend {
  recordings: Recording[] = [];
  waveforms = new Map<string, Waveform>();
  hits: SearchHit[] = [];
  /** What the file dialog gives next. */
  nextChoice: string[] = [];
  /** The transcript file that is chosen next, and the recording for it; null: the person closes the dialog. */
  nextImport: string | null = null;
  nextAudio: string | null = null;
  /** Recordings that lie beside transcript files. */
  beside = new Map<string, string>();
  #removed: Recording[] = [];
  #next = 1;

  constructor(
    private readonly hub: Hub,
    private readonly settings: () => JobSettings,
  ) {}

  list = async (): Promise<Recording[]> => this.recordings.map((r) => ({ ...r }));
  choose = (): Promise<Added> => this.add(this.nextChoice);

  async add(paths: string[], again = false): Promise<Added> {
    this.hub.called('add', paths.join(','), again);
    const added: Added = { recordings: [], refused: [], duplicates: [] };
    for (const path of paths) {
      const name = path.split('/').at(-1) ?? path;
      const same = this.recordings.find((r) => r.file_name === name);
      if (name.endsWith('.pdf')) {
        added.refused.push(notice(`“${name}” is not audio or video.`, 'It looks like a PDF. Drop the recording itself.'));
      } else if (same && !again) {
        added.duplicates.push({ path, name, recording: same.id, title: same.title });
      } else {
        added.recordings.push(this.put({ file_name: name, path }).id);
      }
    }
    this.hub.emit({ kind: 'library' });
    return added;
  }

  async rename(recording: string, title: string): Promise<void> {
    this.hub.called('rename', recording, title);
    this.#change(recording, { title });
  }

  async remove(recordings: string[]): Promise<void> {
    this.hub.called('remove', recordings.join(','));
    this.#removed.push(...this.recordings.filter((r) => recordings.includes(r.id)));
    this.recordings = this.recordings.filter((r) => !recordings.includes(r.id));
    this.hub.emit({ kind: 'library' });
  }

  async restore(recordings: string[]): Promise<void> {
    this.hub.called('restore', recordings.join(','));
    this.recordings.push(...this.#removed.filter((r) => recordings.includes(r.id)));
    this.recordings.sort((a, b) => Date.parse(b.added_at) - Date.parse(a.added_at));
    this.#removed = this.#removed.filter((r) => !recordings.includes(r.id));
    this.hub.emit({ kind: 'library' });
  }

  async search(query: string, limit: number): Promise<SearchHit[]> {
    this.hub.called('search', query);
    const wanted = query.toLocaleLowerCase();
    return this.hits.filter((hit) => hit.text.toLocaleLowerCase().includes(wanted)).slice(0, limit);
  }

  waveform = async (recording: string): Promise<Waveform | null> => this.waveforms.get(recording) ?? null;

  async locate(recording: string): Promise<boolean> {
    this.hub.called('locate', recording);
    this.#change(recording, { missing: false });
    return true;
  }

  async reveal(recording: string): Promise<void> {
    this.hub.called('reveal', recording);
  }

  async chooseImport(): Promise<ImportFile | null> {
    return this.nextImport === null ? null : this.#look(this.nextImport);
  }

  lookAtImports = async (paths: string[]): Promise<ImportFile[]> => paths.map((path) => this.#look(path));
  chooseAudio = async (): Promise<string | null> => this.nextAudio;

  async importTranscript(path: string, audio: string | null): Promise<string> {
    this.hub.called('import', path, audio ?? 'alone');
    if (path.endsWith('broken.json')) throw notice('“broken.json” is not a transcript of this program.', 'Nothing was taken in.');
    const { name } = this.#look(path);
    const id = `r${this.#next++}`;
    const duration_ms = audio === null ? null : 65_000;
    this.put({
      id, duration_ms, file_name: name, path: audio ?? '', has_sound: audio !== null, transcript: `t-${id}`, job: null, state: { kind: 'done' },
    });
    this.hub.emit({ kind: 'library' });
    return id;
  }

  async cancel(recording: string): Promise<void> {
    this.hub.called('cancel', recording);
    this.moveTo(recording, { kind: 'cancelled' });
  }

  async resume(recording: string): Promise<void> {
    this.hub.called('resume', recording);
    this.moveTo(recording, { kind: 'waiting' });
  }

  async pause(recording: string): Promise<void> {
    this.hub.called('pause', recording);
    this.moveTo(recording, { kind: 'paused' });
  }

  async move(recording: string, before: string | null): Promise<void> {
    this.hub.called('move', recording, before ?? 'end');
    const waiting = this.recordings
      .filter((r) => r.state.kind === 'waiting' && r.id !== recording)
      .sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
    const moved = this.recordings.find((r) => r.id === recording);
    if (!moved) return;
    const at = before === null ? waiting.length : waiting.findIndex((r) => r.id === before);
    waiting.splice(at < 0 ? waiting.length : at, 0, moved);
    waiting.forEach((r, place) => (r.position = place + 1));
    this.hub.emit({ kind: 'library' });
  }

  async again(recording: string, settings: JobSettings): Promise<void> {
    this.hub.called('again', recording, settings);
    this.#change(recording, { settings });
    this.moveTo(recording, { kind: 'waiting' });
  }

  #look(path: string): ImportFile {
    return { path, name: path.split('/').at(-1) ?? path, audio: this.beside.get(path) ?? null };
  }

  /** Puts a recording at the top, waiting unless said otherwise. */
  put(facts: Partial<Recording>): Recording {
    const id = facts.id ?? `r${this.#next++}`;
    const file_name = facts.file_name ?? `${id}.wav`;
    const recording: Recording = {
      id,
      job: `j${id}`,
      title: file_name.replace(/\.[^.]+$/, ''),
      file_name,
      path: `/recordings/${file_name}`,
      copied: false,
      has_sound: true,
      missing: false,
      added_at: new Date().toISOString(),
      duration_ms: 65_000,
      speakers: null,
      transcript: null,
      position: this.#next,
      settings: this.settings(),
      state: { kind: 'waiting' },
      ...facts,
    };
    this.recordings.unshift(recording);
    return recording;
  }

  /** Puts a recording's job into another state and tells so. */
  moveTo(recording: string, state: RecordingState): void {
    const found = this.recordings.find((r) => r.id === recording);
    if (found) found.state = state;
    this.hub.emit({ kind: 'state', recording, state });
  }

  #change(recording: string, facts: Partial<Recording>): void {
    const found = this.recordings.find((r) => r.id === recording);
    if (found) Object.assign(found, facts);
    this.hub.emit({ kind: 'library' });
  }
}
