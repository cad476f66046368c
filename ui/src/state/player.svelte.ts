/** The player as the page sees it: what the program told last, and where it is between two tellings. */
import { getContext, setContext } from 'svelte';
import type { Backend, Notice, PlayerState as Heard, ProgramEvent, Span, Waveform } from '../backend';
import { t } from '../i18n';
import { asNotice } from './notices.svelte';

export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3] as const;
/** Without word from the program for so long the position stands still. */
const SILENT_MS = 500;
/** Differences up to this are smoothed away. */
const JITTER_MS = 150;

const NOTHING: Heard = {
  recording: null, playing: false, position_ms: 0, duration_ms: 0, rate: 1, volume: 1, loop: null, problem: null,
};

/** An event that belongs to a refusal comes no later than this. */
const EVENT_AFTER_MS = 150;

export class PlayerState {
  heard = $state.raw<Heard>(NOTHING);
  /** Where it is now, in milliseconds; follows the sound while playing. */
  position = $state(0);
  /** Null until it was read. */
  waveform = $state.raw<Waveform | null>(null);
  /** The transcript that is open has no recording: what the program tells is about one that is not open any more. */
  soundless = $state(false);
  /** Whether the text goes along with the sound. */
  follow = $state(true);
  /** Seconds to step back when playing goes on. */
  backStep = 0;
  /** Is told what was refused. */
  tell: (notice: Notice) => void = () => {};

  readonly playing = $derived(this.heard.playing);
  readonly duration = $derived(this.heard.duration_ms || (this.waveform?.duration_ms ?? 0));
  /** Position in whole seconds: for what shows a clock. */
  readonly second = $derived(Math.floor(this.position / 1000));
  readonly ready = $derived(this.heard.recording !== null && this.heard.problem === null);

  #backend: Backend;
  #told = 0;
  #base = 0;
  #frame = 0;
  #wanted: string | null = null;
  /** Where a clip ends that is played for itself. */
  #clipEnd: number | null = null;
  #stop: Promise<() => void>;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.#stop = backend.listen((event) => this.#on(event));
  }

  async stop(): Promise<void> {
    cancelAnimationFrame(this.#frame);
    (await this.#stop)();
  }

  /** Loads a recording unless it is loaded already. */
  async open(recording: string): Promise<void> {
    if (this.#wanted === recording) return;
    this.soundless = false;
    this.#wanted = recording;
    this.waveform = null;
    this.#clipEnd = null;
    this.follow = true;
    await this.#do(() => this.#backend.player.load(recording));
    await this.readWaveform();
  }

  /** For a transcript without a recording: stops what is heard and is not ready for anything. */
  close(): void {
    if (this.playing) this.pause();
    this.soundless = true;
    this.#wanted = null;
    this.waveform = null;
    this.heard = NOTHING;
    this.#set(0);
  }

  /** Loads again, as after a file was found that had been moved. */
  async reopen(): Promise<void> {
    const recording = this.#wanted;
    this.#wanted = null;
    if (recording !== null) await this.open(recording);
  }

  /** Reads the waveform, which is there once the file was read. */
  async readWaveform(): Promise<void> {
    const recording = this.#wanted;
    if (recording === null || this.waveform) return;
    await this.#do(async () => {
      const waveform = await this.#backend.library.waveform(recording);
      if (this.#wanted === recording) this.waveform = waveform;
    });
  }

  /** Plays or pauses; after a pause it steps back a little, so that the thread is found again. */
  toggle(): void {
    if (this.playing) return this.pause();
    const { position_ms, duration_ms } = this.heard;
    const back = position_ms < duration_ms ? this.backStep * 1000 : 0;
    this.#clipEnd = null;
    void this.#do(() => this.#backend.player.play(back > 0 ? Math.max(this.#start, position_ms - back) : null));
  }

  play(from_ms: number | null = null): void {
    if (this.#mute()) return;
    this.#clipEnd = null;
    void this.#do(() => this.#backend.player.play(from_ms));
  }

  /** Plays a stretch and stops at its end. */
  playClip(span: Span): void {
    if (this.#mute()) return;
    void this.#do(() => this.#backend.player.play(span.start_ms));
    this.#clipEnd = span.end_ms;
  }

  pause(): void {
    this.#clipEnd = null;
    void this.#do(() => this.#backend.player.pause());
  }

  seek(position_ms: number): void {
    const at = Math.max(0, Math.min(position_ms, this.duration));
    this.#clipEnd = null;
    this.#set(at);
    void this.#do(() => this.#backend.player.seek(Math.round(at)));
  }

  skip(by_ms: number): void {
    this.seek(this.position + by_ms);
  }

  rate(rate: number): void {
    void this.#do(() => this.#backend.player.rate(rate));
  }

  /** The next faster (1) or slower (-1) speed of the list. */
  step(way: 1 | -1): void {
    const now = this.heard.rate;
    const next = way > 0 ? RATES.find((rate) => rate > now + 0.001) : RATES.findLast((rate) => rate < now - 0.001);
    if (next !== undefined) this.rate(next);
  }

  volume(volume: number): void {
    void this.#do(() => this.#backend.player.volume(volume));
  }

  loop(span: Span | null): void {
    void this.#do(() => this.#backend.player.loop(span));
  }

  /** Says why nothing is played where there is no recording. */
  #mute(): boolean {
    if (this.soundless) this.tell({ message: t('import.no_sound'), advice: t('import.no_sound_text'), detail: null, code: null });
    return this.soundless;
  }

  get #start(): number {
    return this.heard.loop?.start_ms ?? 0;
  }

  #on(event: ProgramEvent): void {
    if (event.kind === 'library') void this.readWaveform();
    if (event.kind !== 'player' || this.soundless) return;
    const state = event.state;
    const apart = state.position_ms - this.#now();
    const smooth = this.playing && state.playing && Math.abs(apart) < JITTER_MS;
    this.#base = smooth ? this.#now() + apart / 5 : state.position_ms;
    this.#told = performance.now();
    this.heard = state;
    if (!smooth) this.position = this.#base;
    if (this.#clipEnd !== null && state.position_ms >= this.#clipEnd) this.pause();
    cancelAnimationFrame(this.#frame);
    if (state.playing) this.#frame = requestAnimationFrame(this.#tick);
  }

  #tick = (): void => {
    this.position = this.#now();
    if (this.#clipEnd !== null && this.position >= this.#clipEnd) this.pause();
    if (this.playing) this.#frame = requestAnimationFrame(this.#tick);
  };

  #now(): number {
    if (!this.heard.playing) return this.#base;
    const passed = Math.min(performance.now() - this.#told, SILENT_MS) * this.heard.rate;
    const end = this.heard.loop?.end_ms ?? this.heard.duration_ms;
    return Math.min(this.#base + passed, Math.max(end, this.#base));
  }

  #set(at: number): void {
    this.#base = at;
    this.#told = performance.now();
    this.position = at;
  }

  async #do(work: () => Promise<void>): Promise<void> {
    if (this.soundless) return;
    try {
      await work();
    } catch (refusal) {
      const notice = asNotice(refusal);
      // The player's own place shows what is wrong with it, told by an event that may come a moment after the refusal.
      const shown = () => this.heard.problem?.message === notice.message;
      if (!shown()) await new Promise((done) => setTimeout(done, EVENT_AFTER_MS));
      if (!shown()) this.tell(notice);
    }
  }
}

const KEY = Symbol('player');
export const providePlayer = (state: PlayerState): PlayerState => setContext(KEY, state);
export const usePlayer = (): PlayerState => getContext<PlayerState>(KEY);
