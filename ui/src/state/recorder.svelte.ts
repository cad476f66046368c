/** Live recording as the page sees it: what the program told last, and what the person does about it. */
import type { Input, LeftRecording, Marker, Notice, PreviewPiece, ProgramEvent, RecorderState, RecorderWarning, Sources } from '../backend';
import { formatDate, t } from '../i18n';
import { timer } from '../lib/time';
import type { AppState } from './app.svelte';
import { Levels } from './levels';
import { asNotice } from './notices.svelte';

const IDLE: RecorderState = {
  phase: 'idle', started_at: null, elapsed_ms: 0, saved_ms: 0, level_db: null, peak_db: null, clipped: 0, input: null, system: null,
  markers: [], gaps: [], overruns: 0, warnings: [], bytes: 0, free_bytes: 0, room_ms: null, preview: null,
};
/** Pieces of the preview that the page keeps: more than anybody reads back while recording. */
const MOST_PIECES = 300;
/** The figures of the level change no oftener, so that they can be read. */
const FIGURES_MS = 500;

export class Recorder {
  /** Without what changes with every event: level and lengths, which are told in steps below. */
  now = $state.raw<RecorderState>(IDLE);
  /** Whole seconds that were recorded, and that are on disk. */
  second = $state(0);
  saved = $state(0);
  /** Level in figures; null where nothing is open. */
  figures = $state.raw<{ average: number; peak: number; loudest: number } | null>(null);
  inputs = $state.raw<Input[]>([]);
  /** Why nothing can be recorded. */
  problem = $state.raw<Notice | null>(null);
  left = $state.raw<LeftRecording[]>([]);
  /** Whether the person put the question about interrupted recordings off. */
  later = $state(false);
  pieces = $state.raw<PreviewPiece[]>([]);
  /** Whether older pieces were dropped. */
  trimmed = $state(false);
  /** What the person calls it; empty for the usual name. */
  title = $state('');
  /** Whether it is asked whether to discard. */
  discarding = $state(false);
  /** Whether it is being begun or ended: neither is asked for twice. */
  busy = $state(false);
  /** The mark whose note is typed. */
  noting = $state<number | null>(null);

  /** For the meter, which draws by itself. */
  readonly levels = new Levels();
  readonly active = $derived(this.now.phase !== 'idle');
  readonly interrupted = $derived(this.left.filter((l) => l.discarded_at === null));
  /** What it is called as long as the person gives it no name. */
  readonly usualTitle = $derived(
    this.now.started_at === null
      ? t('record.new')
      : t('record.usual_title', { time: formatDate(this.now.started_at, { dateStyle: 'medium', timeStyle: 'short' }) }),
  );
  readonly name = $derived(this.title.trim() || this.usualTitle);
  #app: AppState;
  #figuresAt = 0;
  /** Whether the page of the recorder is shown, which keeps the inputs open. */
  #shown = false;

  constructor(app: AppState) {
    this.#app = app;
  }

  /** Looks what is going on already and what was left of earlier recordings. */
  async begin(): Promise<void> {
    await this.#app.guarded(async () => this.#take(await this.#app.backend.recorder.state()));
    await this.readLeft();
  }

  heard(event: ProgramEvent): void {
    if (event.kind === 'recorder') this.#take(event.state);
    else if (event.kind === 'preview') this.#read(event.pieces);
    else if (event.kind === 'record_ended') void this.#app.guarded(() => this.#ended(event.recording));
    else if (event.kind === 'inputs') void this.readInputs();
  }

  get sources(): Sources {
    return this.#app.settings?.preferences.sources ?? { input: null, system: null };
  }

  /** Opens the inputs without recording, so that silence shows before it costs anything. */
  async open(): Promise<void> {
    this.#shown = true;
    await this.readInputs();
    if (!this.#shown || this.active || this.problem) return;
    await this.#try(() => this.#app.backend.recorder.ready(this.sources));
  }

  /** Lets the inputs go where nothing is recorded. */
  async close(): Promise<void> {
    this.#shown = false;
    if (!this.active) await this.#app.guarded(() => this.#app.backend.recorder.ready(null));
  }

  async readInputs(): Promise<void> {
    await this.#try(async () => {
      this.inputs = await this.#app.backend.recorder.inputs();
    });
  }

  readLeft(): Promise<void> {
    return this.#app.guarded(async () => {
      this.left = await this.#app.backend.recorder.left();
    });
  }

  /** Takes other sources: kept for the next time, and used now. */
  async choose(sources: Sources): Promise<void> {
    await this.#app.prefer({ sources });
    await this.#try(() =>
      this.active ? this.#app.backend.recorder.use(sources.input) : this.#app.backend.recorder.ready(sources),
    );
  }

  async start(): Promise<void> {
    if (this.active || this.busy) return;
    this.busy = true;
    this.pieces = [];
    this.trimmed = false;
    this.levels.clear();
    await this.#try(() => this.#app.backend.recorder.start(this.sources));
    this.busy = false;
    if (this.active) this.#app.said = t('record.said_started');
  }

  /** Pauses or goes on. */
  async toggle(): Promise<void> {
    const { recorder } = this.#app.backend;
    const paused = this.now.phase === 'paused';
    if (!paused && this.now.phase !== 'recording' && this.now.phase !== 'waiting') return;
    await this.#app.guarded(async () => {
      await (paused ? recorder.resume() : recorder.pause());
      this.#app.said = t(paused ? 'record.said_resumed' : 'record.said_paused');
    });
  }

  /** Marks this moment; the note is typed then. */
  async mark(): Promise<void> {
    await this.#app.guarded(async () => {
      const marker = await this.#app.backend.recorder.mark();
      this.noting = marker.id;
      this.#app.said = t('record.said_marked', { time: timer(marker.at_ms) });
    });
  }

  async note(marker: Marker, note: string): Promise<void> {
    this.noting = null;
    if (note !== marker.note) await this.#app.guarded(() => this.#app.backend.recorder.note(marker.id, note));
  }

  /** Finishes the recording; its transcript is made next. Says whether that went well. */
  async stop(show = true): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    const [title, length] = [this.name, timer(this.second * 1000)];
    let stopped = false;
    await this.#app.guarded(async () => {
      const recording = await this.#app.backend.recorder.stop(title);
      stopped = true;
      this.title = '';
      if (!show) return;
      await this.#app.refresh();
      this.#app.openAt(recording);
      this.#app.toasts.show({ text: t('record.stopped', { length }) });
    });
    this.busy = false;
    return stopped;
  }

  /** Puts the recording aside; it can be brought back for a day. */
  async discard(): Promise<void> {
    this.discarding = false;
    if (this.busy) return;
    this.busy = true;
    await this.#app.guarded(async () => {
      const id = await this.#app.backend.recorder.discard();
      this.title = '';
      this.pieces = [];
      await this.#discarded(id);
      if (this.#app.view.kind === 'record') await this.open();
    });
    this.busy = false;
  }

  /** Takes what was interrupted or discarded into the queue. */
  async keep(left: LeftRecording): Promise<void> {
    await this.#app.guarded(async () => {
      const { recorder } = this.#app.backend;
      const recording = await (left.discarded_at === null ? recorder.adopt(left.id) : recorder.undoDiscard(left.id));
      await Promise.all([this.#app.refresh(), this.readLeft()]);
      this.#app.toasts.show({
        text: t('record.kept', { length: timer(left.duration_ms) }),
        action: { label: t('import.open'), run: () => this.#app.openAt(recording) },
      });
    });
  }

  async discardLeft(left: LeftRecording): Promise<void> {
    await this.#app.guarded(async () => {
      await this.#app.backend.recorder.discardLeft(left.id);
      await this.#discarded(left.id);
    });
  }

  /** The recording ended by itself: a notice says why, and it has the name that the person gave it. */
  async #ended(recording: string | null): Promise<void> {
    const title = this.title.trim();
    this.title = '';
    if (recording !== null && title !== '') await this.#app.backend.library.rename(recording, title);
    await Promise.all([this.#app.refresh(), this.readLeft()]);
    if (recording !== null && this.#app.view.kind === 'record') this.#app.openAt(recording);
  }

  async #discarded(id: string): Promise<void> {
    await this.readLeft();
    this.#app.toasts.show({
      text: t('record.discarded'),
      action: {
        label: t('library.undo'),
        run: () => {
          const found = this.left.find((l) => l.id === id);
          return found ? this.keep(found) : undefined;
        },
      },
    });
  }

  #take(state: RecorderState): void {
    const before = this.now;
    this.levels.take(state);
    this.second = Math.floor(state.elapsed_ms / 1000);
    this.saved = Math.floor(state.saved_ms / 1000);
    this.#figure(state);
    const steady = {
      ...state, elapsed_ms: 0, saved_ms: 0, level_db: null, peak_db: null, bytes: 0, free_bytes: 0,
      // Minutes are enough, and change seldom.
      room_ms: state.room_ms === null ? null : Math.floor(state.room_ms / 60_000) * 60_000,
      markers: kept(before.markers, state.markers),
      gaps: kept(before.gaps, state.gaps),
      warnings: kept(before.warnings, state.warnings.map(inSteps)),
    };
    if (JSON.stringify(steady) !== JSON.stringify(before)) this.now = steady;
  }

  #figure(state: RecorderState): void {
    const [average, peak] = [state.level_db, state.peak_db];
    if (average === null || peak === null) {
      this.figures = null;
      return;
    }
    if (this.figures && Math.abs(performance.now() - this.#figuresAt) < FIGURES_MS) return;
    this.#figuresAt = performance.now();
    this.figures = { average: Math.round(average), peak: Math.round(peak), loudest: Math.round(this.levels.loudest()) };
  }

  #read(pieces: PreviewPiece[]): void {
    const from = pieces[0]?.start_ms;
    if (from === undefined) return;
    // What came before does not change any more, even where its last version was left out.
    const before = this.pieces.filter((p) => p.start_ms < from).map((p) => (p.settled ? p : { ...p, settled: true }));
    const all = [...before, ...pieces];
    if (all.length > MOST_PIECES) this.trimmed = true;
    this.pieces = all.slice(-MOST_PIECES);
  }

  /** Does something about inputs; what is refused is shown where the inputs are chosen. */
  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.problem = null;
    } catch (refusal) {
      this.problem = asNotice(refusal);
    }
  }
}

/** A warning with its time in steps that are worth showing. */
function inSteps(warning: RecorderWarning): RecorderWarning {
  if (warning.kind === 'no_signal') return { ...warning, since_ms: Math.floor(warning.since_ms / 1000) * 1000 };
  if (warning.kind === 'disk_low') return { ...warning, left_ms: Math.floor(warning.left_ms / 60_000) * 60_000 };
  return warning;
}

/** The former list where nothing in it changed, so that what shows it stays. */
function kept<T>(before: T[], now: T[]): T[] {
  return JSON.stringify(before) === JSON.stringify(now) ? before : now;
}
