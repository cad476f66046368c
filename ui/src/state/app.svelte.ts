/** What the page knows: the library, what is shown, settings, messages. One instance, made from a backend. */
import { getContext, setContext } from 'svelte';
import type { Added, Backend, Device, Duplicate, JobSettings, Language, Preferences, ProgramEvent, Recording, Settings, Status } from '../backend';
import { chooseLanguage, t } from '../i18n';
import { isActive } from '../lib/state';
import { Imports, isTranscript } from './imports.svelte';
import { Models } from './models.svelte';
import { asNotice, Notices } from './notices.svelte';
import { Recorder } from './recorder.svelte';
import { Toasts } from './toasts.svelte';

/** A place in a transcript. */
export interface Where {
  utterance?: number;
  at_ms?: number;
}

export const PAGES = ['general', 'transcribing', 'models', 'voices', 'storage', 'keyboard', 'about'] as const;
export type Page = (typeof PAGES)[number];

/** The main area shows the first screen, the queue, the recorder, one recording, or a page of the settings. */
export type View =
  | { kind: 'welcome' }
  | { kind: 'queue' }
  | { kind: 'record' }
  | { kind: 'recording'; id: string; where?: Where }
  | { kind: 'settings'; page: Page };

export class AppState {
  recordings = $state<Recording[]>([]);
  status = $state<Status | null>(null);
  /** Null until they were read. */
  settings = $state.raw<Settings | null>(null);
  view = $state.raw<View>({ kind: 'welcome' });
  /** Languages and devices that a job can be given. */
  languages = $state.raw<Language[]>([]);
  devices = $state.raw<Device[]>([]);
  /** Recordings whose jobs ended since the program was started, as long as the queue shows them. */
  finished = $state.raw<ReadonlySet<string>>(new Set());
  /** Files that were added and are in the library already. */
  duplicates = $state.raw<Duplicate[]>([]);
  /** Files over the window; null where none are dragged. */
  dragged = $state<number | null>(null);
  /** How many jobs run, while the window asks whether to close. */
  closing = $state<number | null>(null);
  /** False until the library was read once, so that the first screen does not flash up before it. */
  loaded = $state(false);
  /** Recordings that are selected in the sidebar, beside the one that is open. */
  selected = $state.raw<ReadonlySet<string>>(new Set());

  /** The recording that is to be transcribed again, while its settings are asked for. */
  againFor = $state<string | null>(null);
  /** Whether the person asked for the search box, until it has the focus. */
  searchWanted = $state(false);
  /** Whether the field is open that goes to a recording or does a command. */
  palette = $state(false);
  /** What a screen reader says next, politely. */
  said = $state('');

  readonly toasts = new Toasts();
  readonly notices = new Notices();
  readonly imports = new Imports(this);
  readonly recorder = new Recorder(this);
  readonly active = $derived(this.recordings.filter((r) => isActive(r.state)));
  readonly open = $derived.by(() => {
    const view = this.view;
    return view.kind === 'recording' ? this.recordings.find((r) => r.id === view.id) : undefined;
  });

  readonly models: Models;
  readonly backend: Backend;
  /** Keeps what is being typed, before the program ends. */
  before: () => Promise<void> = async () => {};
  #stop: (() => void) | null = null;
  #before: View = { kind: 'welcome' };

  constructor(backend: Backend) {
    this.backend = backend;
    this.models = new Models(backend.models, (work) => this.guarded(work));
    this.models.imported = () => void this.refreshStatus();
  }

  /** Reads everything once and keeps it current until `stop`. */
  async start(): Promise<void> {
    this.#stop = await this.backend.listen((event) => this.#heard(event));
    await Promise.all([this.#readSettings(), this.refresh(), this.refreshStatus()]);
    void this.#readLists();
    void this.recorder.begin();
    for (const notice of this.status?.notices ?? []) this.notices.add(notice);
    this.loaded = true;
    if (this.recordings.length > 0 && this.view.kind === 'welcome') {
      this.show(this.active.length > 0 ? { kind: 'queue' } : this.#newest());
    }
  }

  stop(): void {
    this.#stop?.();
  }

  async refresh(): Promise<void> {
    await this.guarded(async () => {
      this.recordings = await this.backend.library.list();
    });
    const view = this.view;
    const gone = view.kind === 'recording' && !this.recordings.some((r) => r.id === view.id);
    const empty = this.recordings.length === 0 && (view.kind === 'queue' || view.kind === 'recording');
    if (gone || empty) this.show({ kind: 'welcome' });
  }

  refreshStatus(): Promise<void> {
    return this.guarded(async () => {
      this.status = await this.backend.program.status();
    });
  }

  show(view: View): void {
    if (view.kind !== 'settings') this.#before = view;
    this.view = view.kind === 'welcome' && this.recordings.length > 0 ? { kind: 'queue' } : view;
  }

  /** Opens a recording at an utterance or a time. */
  openAt(recording: string, where: Where = {}): void {
    this.show({ kind: 'recording', id: recording, where });
  }

  /** Leaves the settings for what was shown before. */
  back(): void {
    this.show(this.#before);
  }

  /** Takes settings over at once and has them kept; puts the old ones back where that fails. */
  async saveSettings(settings: Settings): Promise<void> {
    const old = this.settings;
    this.#use(settings);
    try {
      await this.backend.program.saveSettings(settings);
    } catch (refusal) {
      if (old) this.#use(old);
      this.notices.add(asNotice(refusal));
    }
  }

  /** Changes some preferences. */
  async prefer(changes: Partial<Preferences>): Promise<void> {
    const settings = this.settings;
    if (settings) await this.saveSettings({ ...settings, preferences: { ...settings.preferences, ...changes } });
  }

  /** Changes what new jobs are given. */
  async preferJob(changes: Partial<JobSettings>): Promise<void> {
    const settings = this.settings;
    if (settings) await this.saveSettings({ ...settings, job: { ...settings.job, ...changes } });
  }

  /** Asks for files by the system's dialog. */
  choose(): Promise<void> {
    return this.guarded(async () => this.#took(await this.backend.library.choose(t('library.add'))));
  }

  /** Adds files by their paths; `again` takes also what is in the library already. */
  add(paths: string[], again = false): Promise<void> {
    return this.guarded(async () => this.#took(await this.backend.library.add(paths, again)));
  }

  /** Takes what was dropped or pasted: recordings are added, transcripts are offered as such. */
  async take(paths: string[]): Promise<void> {
    const transcripts = paths.filter(isTranscript);
    const others = paths.filter((path) => !isTranscript(path));
    if (transcripts.length > 0) await this.imports.offer(transcripts);
    if (others.length > 0) await this.add(others);
  }

  /** Takes recordings out of the library; the toast says what goes and brings them back. */
  removeWithUndo(recordings: Recording[]): Promise<void> {
    const ids = recordings.map((r) => r.id);
    return this.guarded(async () => {
      await this.backend.library.remove(ids);
      const text = recordings.some((r) => r.transcript !== null) ? 'library.removed_text' : 'library.removed_only';
      const what = t(recordings.some((r) => r.copied) ? 'library.removed_copy' : text);
      this.toasts.show({
        text: `${t('library.removed', { title: recordings[0]?.title ?? '', count: ids.length })} ${what}`,
        action: { label: t('library.undo'), run: () => this.guarded(() => this.backend.library.restore(ids)) },
      });
    });
  }

  /** Ends the program, after a question where jobs run. */
  leave(): void {
    const running = this.recordings.filter((r) => r.state.kind === 'running').length;
    this.#asked(running);
  }

  /** Ends the program now. */
  quit(): Promise<void> {
    return this.guarded(async () => {
      await this.before();
      await this.backend.program.quit();
    });
  }

  forgetDuplicate(duplicate: Duplicate): void {
    this.duplicates = this.duplicates.filter((other) => other !== duplicate);
  }

  /** Does something and shows a notice where the program refuses. */
  async guarded(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (refusal) {
      this.notices.add(asNotice(refusal));
    }
  }

  #took(added: Added): void {
    for (const notice of added.refused) this.notices.add(notice);
    this.duplicates = [...this.duplicates, ...added.duplicates];
    void this.refresh().then(() => this.#tellAdded(added.recordings.length));
  }

  /** The first files open the queue; files that come while somebody reads leave the text alone. */
  #tellAdded(added: number): void {
    if (added === 0) return;
    if (this.view.kind === 'welcome') this.show({ kind: 'queue' });
    else if (this.view.kind !== 'queue') {
      this.toasts.show({
        text: t('library.added', { count: added }),
        action: { label: t('library.show_queue'), run: () => this.show({ kind: 'queue' }) },
      });
    }
  }

  #heard(event: ProgramEvent): void {
    switch (event.kind) {
      case 'library': {
        const before = this.recordings.length;
        void this.refresh().then(() => {
          if (this.view.kind === 'welcome' && this.recordings.length > before) this.show({ kind: 'queue' });
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
        found.state = state;
        if (ended) this.finished = new Set([...this.finished, event.recording]);
        if (ended || read) void this.refresh();
        break;
      }
      case 'model':
        if (this.models.heard(event.name, event.state)) {
          void this.models.read();
          void this.refreshStatus();
        }
        break;
      case 'notice':
        this.notices.add(event.notice);
        break;
      case 'drag':
        this.dragged = event.files;
        break;
      case 'drop':
        this.dragged = null;
        void this.take(event.paths);
        break;
      case 'closing':
        this.#asked(event.running);
        break;
      default:
        this.recorder.heard(event);
    }
  }

  /** Nothing to ask where nothing runs; what was typed last is still kept. */
  #asked(running: number): void {
    if (running > 0 || this.recorder.active) this.closing = running;
    else void this.quit();
  }

  async #readLists(): Promise<void> {
    await Promise.all([
      this.models.read(),
      this.guarded(async () => {
        this.languages = await this.backend.program.languages();
      }),
      this.guarded(async () => {
        this.devices = await this.backend.program.devices();
      }),
    ]);
  }

  #newest(): View {
    const first = this.recordings.find((r) => r.transcript !== null);
    return first ? { kind: 'recording', id: first.id } : { kind: 'queue' };
  }

  #readSettings(): Promise<void> {
    return this.guarded(async () => this.#use(await this.backend.program.settings()));
  }

  #use(settings: Settings): void {
    this.settings = settings;
    chooseLanguage(settings.preferences.interface_language);
  }
}

const KEY = Symbol('app');
export const provideApp = (app: AppState): AppState => setContext(KEY, app);
export const useApp = (): AppState => getContext<AppState>(KEY);
