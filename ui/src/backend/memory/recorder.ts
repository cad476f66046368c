/** A recorder in memory: it hears nothing, but time passes, the level moves as if somebody spoke, and words come. */
import type { RecorderBackend } from '../index';
import type { Input, LeftRecording, Marker, Notice, PreviewPiece, RecorderPhase, RecorderState, Sources } from '../types';
import { type Hub, notice } from './hub';

const TICK_MS = 100;
/** 48 kHz, 24 bit, one channel. */
const BYTES_A_SECOND = 144_000;
/** What is written but not surely on disk. */
const UNSAVED_MS = 800;
const SAID = [
  'The mill did. Then the council, for about a week, and then it came back to me in an envelope without a name on it.',
  'So the notebooks were never part of the official record?',
  'No. They were mine. I kept them at home because the office flooded twice, and nobody had asked for them until last autumn.',
  'And the readings in there are daily?',
];
/** How long a word takes to be said, in the preview. */
const WORD_MS = 380;

const input = (id: string, name: string, kind: Input['kind'] = 'microphone', usual = false): Input => ({
  id, name, kind, usual, rate: 48_000, channels: kind === 'system' ? 2 : 1,
});

const IDLE: RecorderState = {
  phase: 'idle', started_at: null, elapsed_ms: 0, saved_ms: 0, level_db: null, peak_db: null, clipped: 0, input: null, system: null,
  markers: [], gaps: [], overruns: 0, warnings: [], bytes: 0, free_bytes: 32_000_000_000, room_ms: null, preview: null,
};
const NOT_NOW = notice('Nothing is being recorded.');

/** Records nothing at the right speed; a test may also move time by `advance` and put it into any state by `set`. */
export class MemoryRecorder implements RecorderBackend {
  devices: Input[] = [
    input('mic', 'RØDE NT-USB Mini', 'microphone', true),
    input('headset', 'Headset Jabra Evolve 65'),
    input('monitor', 'Monitor of Built-in Audio', 'system', true),
  ];
  now: RecorderState = IDLE;
  remains: LeftRecording[] = [];
  /** Whether time passes by itself. */
  clock = true;
  /** Why recordings are not transcribed at their end. */
  untranscribed: Notice | null = null;
  /** Why inputs cannot be listed. */
  problem: Notice | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #pieces: PreviewPiece[] = [];
  #next = 1;

  constructor(
    private readonly hub: Hub,
    private readonly finished: (left: { title: string; duration_ms: number }) => string,
  ) {}

  async inputs(): Promise<Input[]> {
    if (this.problem) throw this.problem;
    return this.devices.map((device) => ({ ...device }));
  }

  async ready(sources: Sources | null): Promise<void> {
    this.hub.called('ready', sources);
    if (this.now.phase !== 'idle') return;
    this.set(sources ? this.#open(sources) : { input: null, system: null, level_db: null, peak_db: null });
  }

  async start(sources: Sources): Promise<void> {
    this.hub.called('record', sources);
    if (this.now.phase !== 'idle') throw notice('A recording is running already.');
    this.#pieces = [];
    this.set({ ...IDLE, ...this.#open(sources), phase: 'recording', started_at: new Date().toISOString(), preview: 'Base' });
  }

  async pause(): Promise<void> {
    this.#in('pauseRecording', 'recording', 'waiting');
    this.set({ phase: 'paused' });
  }

  async resume(): Promise<void> {
    this.#in('resumeRecording', 'paused');
    const gaps = [...this.now.gaps, { at_ms: this.now.elapsed_ms, length_ms: 5_000, why: 'paused' as const }];
    this.set({ phase: 'recording', gaps });
  }

  async use(id: string | null): Promise<void> {
    this.hub.called('use', id ?? 'usual');
    this.set(this.#open({ input: id, system: this.now.system }));
  }

  async mark(): Promise<Marker> {
    this.#in('mark', 'recording', 'paused', 'waiting');
    const marker = { id: this.#next++, at_ms: this.now.elapsed_ms, note: '' };
    this.set({ markers: [...this.now.markers, marker] });
    return marker;
  }

  async note(id: number, note: string): Promise<void> {
    this.hub.called('note', String(id), note);
    this.set({ markers: this.now.markers.map((m) => (m.id === id ? { ...m, note } : m)) });
  }

  async stop(title: string): Promise<string> {
    this.#in('stopRecording', 'recording', 'paused', 'waiting');
    const duration_ms = this.now.elapsed_ms;
    this.set({ ...IDLE });
    return this.#kept(title, duration_ms);
  }

  async discard(): Promise<string> {
    this.#in('discard', 'recording', 'paused', 'waiting');
    const id = `left${this.#next++}`;
    const { started_at, elapsed_ms, bytes } = this.now;
    const discarded_at = new Date().toISOString();
    this.remains.push({
      id, started_at: started_at ?? discarded_at, duration_ms: elapsed_ms, bytes, path: `/data/recordings/${id}.wav`, discarded_at,
    });
    this.set({ ...IDLE });
    return id;
  }

  async undoDiscard(id: string): Promise<string> {
    this.hub.called('undoDiscard', id);
    return this.#take(id);
  }

  state = async (): Promise<RecorderState> => this.now;
  left = async (): Promise<LeftRecording[]> => this.remains.map((left) => ({ ...left }));

  async adopt(id: string): Promise<string> {
    this.hub.called('adopt', id);
    return this.#take(id);
  }

  async discardLeft(id: string): Promise<void> {
    this.hub.called('discardLeft', id);
    const found = this.remains.find((left) => left.id === id);
    if (found) found.discarded_at = new Date().toISOString();
  }

  /** Lets recorded time pass. */
  advance(ms: number): void {
    const elapsed_ms = this.now.elapsed_ms + (this.now.phase === 'recording' ? ms : 0);
    const heard = this.#heard(elapsed_ms);
    const bytes = Math.round((elapsed_ms / 1000) * BYTES_A_SECOND);
    const saved_ms = Math.max(this.now.saved_ms, elapsed_ms - UNSAVED_MS);
    const room_ms = (this.now.free_bytes / BYTES_A_SECOND) * 1000;
    const recorded = this.now.phase === 'idle' ? {} : { elapsed_ms, saved_ms, bytes, room_ms };
    this.set({ ...recorded, ...heard });
    if (this.now.phase === 'recording' && this.now.preview !== null) this.#speak(elapsed_ms);
  }

  /** Puts it into another state and tells so. */
  set(change: Partial<RecorderState>): void {
    this.now = { ...this.now, ...change };
    clearInterval(this.#timer);
    if (this.clock && this.now.input !== null) this.#timer = setInterval(() => this.advance(TICK_MS), TICK_MS);
    this.hub.emit({ kind: 'recorder', state: this.now });
  }

  /** Ends the recording as a full disk does. */
  end(ended_by: Notice): void {
    const { elapsed_ms } = this.now;
    this.set({ ...IDLE });
    this.hub.emit({ kind: 'record_ended', recording: this.#kept('Recording', elapsed_ms) });
    this.hub.emit({ kind: 'notice', notice: ended_by });
  }

  /** Plugs an input in or out. */
  plug(devices: Input[]): void {
    this.devices = devices;
    this.hub.emit({ kind: 'inputs' });
  }

  /** Shows text as if it had just been heard. */
  preview(pieces: PreviewPiece[]): void {
    this.#pieces = pieces;
    this.hub.emit({ kind: 'preview', pieces });
  }

  #open(sources: Sources): Partial<RecorderState> {
    if (this.problem) throw this.problem;
    const usual = this.devices.find((d) => d.kind === 'microphone' && d.usual) ?? this.devices.find((d) => d.kind === 'microphone');
    const chosen = sources.input === null ? usual : this.devices.find((d) => d.id === sources.input);
    if (!chosen) throw notice('There is no microphone.', 'Plug one in, then try again.', 'no_input');
    return { input: chosen.id, system: sources.system, level_db: -50, peak_db: -44 };
  }

  /** The level at a time: as of speech with pauses, or a whisper where a test says that there is no signal. */
  #heard(at_ms: number): Pick<RecorderState, 'level_db' | 'peak_db'> {
    if (this.now.phase === 'waiting' || (this.now.phase === 'idle' && this.now.input === null)) return { level_db: null, peak_db: null };
    if (this.now.warnings.some((w) => w.kind === 'no_signal')) return { level_db: -58, peak_db: -57 };
    const beat = this.now.phase === 'recording' ? at_ms : performance.now();
    const speech = Math.abs(Math.sin(beat / 270) * Math.cos(beat / 1900));
    return { level_db: Math.round(-52 + 32 * speech), peak_db: Math.round(-44 + 35 * speech) };
  }

  /** One word more of what is said, the piece before it settled when the next begins. */
  #speak(at_ms: number): void {
    let from = 0;
    for (let i = 0; ; i++) {
      const words = SAID[i % SAID.length]!.split(' ');
      const end = from + words.length * WORD_MS;
      if (at_ms < end) {
        const text = words.slice(0, Math.floor((at_ms - from) / WORD_MS)).join(' ');
        const settled = this.#pieces.filter((p) => p.start_ms < from && !p.settled).slice(-1);
        const pieces = settled.map((p) => ({ ...p, settled: true, text: SAID[(i - 1) % SAID.length]! }));
        const last = this.#pieces.at(-1);
        if (text === '' || (last?.start_ms === from && last.text === text)) return;
        this.#pieces = [...this.#pieces.filter((p) => p.start_ms < (pieces[0]?.start_ms ?? from)), ...pieces, { start_ms: from, end_ms: at_ms, text, settled: false }];
        this.hub.emit({ kind: 'preview', pieces: [...pieces, { start_ms: from, end_ms: at_ms, text, settled: false }] });
        return;
      }
      from = end + 600;
    }
  }

  #in(call: string, ...phases: RecorderPhase[]): void {
    this.hub.called(call);
    if (!phases.includes(this.now.phase)) throw NOT_NOW;
  }

  #take(id: string): string {
    const found = this.remains.find((left) => left.id === id);
    if (!found) throw notice('This recording is not here any more.');
    this.remains = this.remains.filter((left) => left !== found);
    return this.#kept(`Recording ${found.started_at.slice(0, 16).replace('T', ' ')}`, found.duration_ms);
  }

  #kept(title: string, duration_ms: number): string {
    if (this.untranscribed) this.hub.emit({ kind: 'notice', notice: this.untranscribed });
    return this.finished({ title, duration_ms });
  }
}
