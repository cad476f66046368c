/** What the page knows: the library, what is open, notices. One instance, made from a backend. */
import { getContext, setContext } from 'svelte';
import type { Added, Backend, Notice, ProgramEvent, Recording, Status, Transcript } from '../backend';
import { t } from '../i18n';
import { isActive } from '../lib/state';

/** The main area shows the first screen, the queue, or one recording. */
export type View = { kind: 'welcome' } | { kind: 'queue' } | { kind: 'recording'; id: string };

export class AppState {
  recordings = $state<Recording[]>([]);
  status = $state<Status | null>(null);
  view = $state<View>({ kind: 'welcome' });
  transcript = $state<Transcript | null>(null);
  notices = $state<Notice[]>([]);
  /** Files over the window; null where none are dragged. */
  dragged = $state<number | null>(null);
  /** False until the library was read once, so that the first screen does not flash up before it. */
  loaded = $state(false);

  readonly active = $derived(this.recordings.filter((r) => isActive(r.state)));
  readonly open = $derived.by(() => {
    const view = this.view;
    return view.kind === 'recording' ? this.recordings.find((r) => r.id === view.id) : undefined;
  });

  #backend: Backend;
  #stop: (() => void) | null = null;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Reads everything once and keeps it current until `stop`. */
  async start(): Promise<void> {
    this.#stop = await this.#backend.listen((event) => this.#heard(event));
    await Promise.all([this.refresh(), this.#refreshStatus()]);
    this.loaded = true;
    if (this.recordings.length > 0) this.view = this.active.length > 0 ? { kind: 'queue' } : this.#newest();
    await this.#read();
  }

  stop(): void {
    this.#stop?.();
  }

  async refresh(): Promise<void> {
    await this.#guarded(async () => {
      this.recordings = await this.#backend.library();
    });
    const view = this.view;
    const gone = view.kind === 'recording' && !this.recordings.some((r) => r.id === view.id);
    if (gone || (this.recordings.length === 0 && view.kind !== 'welcome')) this.show({ kind: 'welcome' });
  }

  show(view: View): void {
    this.view = view.kind === 'welcome' && this.recordings.length > 0 ? { kind: 'queue' } : view;
    this.transcript = null;
    void this.#read();
  }

  choose(): Promise<void> {
    return this.#guarded(async () => this.#took(await this.#backend.chooseFiles(t('library.add'))));
  }

  cancel(recording: Recording): Promise<void> {
    const job = recording.job;
    return this.#guarded(async () => {
      if (job !== null) await this.#backend.cancel(job);
    });
  }

  retry(recording: Recording): Promise<void> {
    return this.#guarded(() => this.#backend.retry(recording.id));
  }

  remove(recording: Recording): Promise<void> {
    return this.#guarded(() => this.#backend.remove(recording.id));
  }

  dismiss(notice: Notice): void {
    this.notices = this.notices.filter((n) => n !== notice);
  }

  #took(added: Added): void {
    this.notices.push(...added.refused);
    void this.refresh().then(() => this.#showQueueIfIdle(added.recordings.length));
  }

  /** The first files open the queue; files that come while somebody reads leave the text alone. */
  #showQueueIfIdle(added: number): void {
    if (added > 0 && this.view.kind === 'welcome') this.show({ kind: 'queue' });
  }

  #heard(event: ProgramEvent): void {
    switch (event.kind) {
      case 'library': {
        const before = this.recordings.length;
        void this.refresh().then(() => {
          this.#showQueueIfIdle(this.recordings.length - before);
          return this.#read();
        });
        break;
      }
      case 'state': {
        const found = this.recordings.find((r) => r.id === event.recording);
        if (!found) break;
        const ended = isActive(found.state) && !isActive(event.state);
        const state = event.state;
        // Once the file is read its length is known.
        const read = found.duration_ms === null && state.kind === 'running' && state.stage !== 'decode';
        found.state = event.state;
        if (ended || read) void this.refresh().then(() => this.#read());
        break;
      }
      case 'text':
        if (this.view.kind === 'recording' && this.view.id === event.recording) void this.#read();
        break;
      case 'notice':
        this.notices.push(event.notice);
        break;
      case 'drag':
        this.dragged = event.files;
        break;
      case 'drop':
        this.dragged = null;
        void this.#guarded(async () => this.#took(await this.#backend.addFiles(event.paths)));
        break;
    }
  }

  #newest(): View {
    const first = this.recordings.find((r) => r.has_transcript);
    return first ? { kind: 'recording', id: first.id } : { kind: 'queue' };
  }

  /** Reads the open recording's text; the one asked for last wins. */
  async #read(): Promise<void> {
    const view = this.view;
    if (view.kind !== 'recording') return;
    await this.#guarded(async () => {
      const transcript = await this.#backend.transcript(view.id);
      if (this.view.kind === 'recording' && this.view.id === view.id) this.transcript = transcript;
    });
  }

  #refreshStatus(): Promise<void> {
    return this.#guarded(async () => {
      this.status = await this.#backend.status();
      this.notices.push(...this.status.notices);
    });
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (refusal) {
      this.notices.push(asNotice(refusal));
    }
  }
}

function asNotice(refusal: unknown): Notice {
  if (typeof refusal === 'object' && refusal !== null && 'message' in refusal) {
    const advice = 'advice' in refusal && typeof refusal.advice === 'string' ? refusal.advice : null;
    return { message: String(refusal.message), advice };
  }
  return { message: String(refusal), advice: null };
}

const KEY = Symbol('app');
export const provideApp = (app: AppState): AppState => setContext(KEY, app);
export const useApp = (): AppState => getContext<AppState>(KEY);
