/** The models on this computer and those that could be, and how their downloads go. */
import type { Model, ModelsBackend, ModelState } from '../backend';
import { t } from '../i18n';
import { size } from '../lib/time';

type Guarded = (work: () => Promise<unknown>) => Promise<void>;

/** Bytes of one model or of several that are fetched together. */
export interface Transfer {
  kind: 'downloading' | 'paused';
  done: number;
  total: number;
  /** Null until the speed can be told. */
  seconds_left: number | null;
}

export class Models {
  list = $state<Model[]>([]);
  readonly downloading = $derived(this.list.filter((m) => m.state.kind === 'downloading'));
  readonly recognisers = $derived(this.list.filter((m) => m.role === 'recogniser'));
  readonly others = $derived(this.list.filter((m) => m.role !== 'recogniser'));
  readonly ready = $derived(this.recognisers.filter((m) => m.state.kind === 'ready'));
  /** The model that an `auto` job takes, or would take if it were here. */
  readonly usual = $derived(this.recognisers.find((m) => m.preferred) ?? this.recognisers.find((m) => m.name === 'base'));
  /** A model that is not here, fits this computer and makes fewer mistakes than those that are: the larger, the fewer. */
  readonly better = $derived.by((): Model | undefined => {
    const largest = Math.max(0, ...this.ready.map((m) => m.bytes));
    if (largest === 0) return undefined;
    // Large v3 Turbo is larger than Medium in what it knows but not on disk: among those that fit, it comes first.
    const fitting = this.recognisers.filter((m) => m.known && m.fits && m.multilingual && m.state.kind !== 'ready' && m.bytes > largest);
    return fitting.find((m) => m.name.startsWith('large-v3-turbo')) ?? fitting.sort((a, b) => b.bytes - a.bytes)[0];
  });

  /** Is told when a model was taken from a file. */
  imported: () => void = () => {};
  #backend: ModelsBackend;
  #guarded: Guarded;
  /** Where and when each download began, for its speed. */
  #begun = new Map<string, { at: number; done: number }>();

  constructor(backend: ModelsBackend, guarded: Guarded) {
    this.#backend = backend;
    this.#guarded = guarded;
  }

  read(): Promise<void> {
    return this.#guarded(async () => {
      this.list = await this.#backend.list();
    });
  }

  /** Takes a model's new state; says whether the list must be read again. */
  heard(name: string, state: ModelState): boolean {
    const found = this.list.find((m) => m.name === name);
    const before = found?.state.kind;
    if (found) found.state = state;
    if (state.kind === 'downloading' && before !== 'downloading') this.#begun.set(name, { at: Date.now(), done: state.done });
    return before !== state.kind;
  }

  download = (name: string) => this.#guarded(() => this.#backend.download(name));
  pause = (name: string) => this.#guarded(() => this.#backend.pause(name));
  cancel = (name: string) => this.#guarded(() => this.#backend.cancel(name));
  verify = (name: string) => this.#guarded(() => this.#backend.verify(name));
  remove = (name: string) => this.#guarded(() => this.#backend.remove(name));

  importFile(): Promise<void> {
    return this.#guarded(async () => {
      if ((await this.#backend.importFile(t('models.import_title'))) === null) return;
      await this.read();
      this.imported();
    });
  }

  /** How the transfer of these models goes; null where none is on its way. */
  transfer(models: Model[]): Transfer | null {
    const parts = models.map((m) => ({ name: m.name, bytes: m.bytes, state: m.state }));
    if (!parts.some((p) => p.state.kind === 'downloading' || p.state.kind === 'paused')) return null;
    const total = parts.reduce((sum, p) => sum + p.bytes, 0);
    const done = parts.reduce((sum, p) => {
      if (p.state.kind === 'downloading' || p.state.kind === 'paused') return sum + p.state.done;
      return sum + (p.state.kind === 'absent' || p.state.kind === 'failed' ? 0 : p.bytes);
    }, 0);
    const running = parts.filter((p) => p.state.kind === 'downloading');
    const speed = running.reduce((sum, p) => sum + this.#speed(p.name, p.state), 0);
    return {
      kind: running.length > 0 ? 'downloading' : 'paused',
      done,
      total,
      seconds_left: speed > 0 ? (total - done) / speed : null,
    };
  }

  /** Bytes a second since the download began or went on. */
  #speed(name: string, state: ModelState): number {
    const begun = this.#begun.get(name);
    if (!begun || state.kind !== 'downloading') return 0;
    const seconds = (Date.now() - begun.at) / 1000;
    return seconds < 2 ? 0 : (state.done - begun.done) / seconds;
  }
}

/** `1.3 of 3.1 GB`. */
export const transferText = (transfer: Transfer): string =>
  t('models.part', { done: size(transfer.done), total: size(transfer.total) });
