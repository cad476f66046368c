/** A player in memory: it makes no sound, but time passes. */
import type { PlayerBackend } from '../index';
import type { Notice, PlayerState, ProgramEvent, Span } from '../types';

const TICK_MS = 100;

/** Plays nothing at the right speed and tells where it is; a test may also move it by `advance`. */
export class MemoryPlayer implements PlayerBackend {
  state: PlayerState = {
    recording: null,
    playing: false,
    position_ms: 0,
    duration_ms: 0,
    rate: 1,
    volume: 1,
    loop: null,
    problem: null,
  };
  /** Length of each recording in milliseconds. */
  lengths = new Map<string, number>();
  /** Why a recording cannot be heard. */
  problems = new Map<string, Notice>();
  /** Whether time passes by itself while playing. */
  clock = true;
  #emit: (event: ProgramEvent) => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(emit: (event: ProgramEvent) => void = () => {}) {
    this.#emit = emit;
  }

  async load(recording: string): Promise<void> {
    const { rate, volume } = this.state;
    const problem = this.problems.get(recording) ?? null;
    const duration_ms = this.lengths.get(recording) ?? 0;
    this.#set({ recording, playing: false, position_ms: 0, duration_ms, rate, volume, loop: null, problem });
  }

  async play(from_ms: number | null): Promise<void> {
    if (this.state.recording === null || this.state.problem) return;
    const { position_ms, duration_ms } = this.state;
    const from = from_ms ?? (position_ms >= duration_ms ? 0 : position_ms);
    this.#set({ playing: true, position_ms: from });
  }

  async pause(): Promise<void> {
    this.#set({ playing: false });
  }

  async seek(position_ms: number): Promise<void> {
    this.#set({ position_ms: Math.min(Math.max(0, position_ms), this.state.duration_ms) });
  }

  async rate(rate: number): Promise<void> {
    this.#set({ rate });
  }

  async volume(volume: number): Promise<void> {
    this.#set({ volume });
  }

  async loop(span: Span | null): Promise<void> {
    this.#set({ loop: span });
  }

  /** Lets playing time pass. */
  advance(ms: number): void {
    if (!this.state.playing) return;
    const { loop, duration_ms, rate } = this.state;
    let at = this.state.position_ms + ms * rate;
    if (loop && at >= loop.end_ms) at = loop.start_ms;
    this.#set({ position_ms: Math.min(at, duration_ms), playing: at < duration_ms });
  }

  #set(change: Partial<PlayerState>): void {
    this.state = { ...this.state, ...change };
    clearInterval(this.#timer);
    if (this.clock && this.state.playing) this.#timer = setInterval(() => this.advance(TICK_MS), TICK_MS);
    this.#emit({ kind: 'player', state: this.state });
  }
}
