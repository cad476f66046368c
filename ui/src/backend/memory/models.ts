/** Models in memory. */
import type { ModelsBackend } from '../index';
import type { Model, ModelState } from '../types';
import type { Hub } from './hub';

const model = (name: string, title: string, bytes: number, state: ModelState, more: Partial<Model> = {}): Model => ({
  name,
  title,
  role: 'recogniser',
  precision: 'f16',
  multilingual: true,
  bytes,
  memory: bytes * 2,
  fits: true,
  licence: 'MIT',
  credit: 'OpenAI',
  removable: true,
  known: true,
  preferred: false,
  state,
  ...more,
});

export class MemoryModels implements ModelsBackend {
  models: Model[] = [
    model('base', 'Base', 147_951_465, { kind: 'ready' }, { removable: false, preferred: true }),
    model('large-v3-turbo-q5_0', 'Large v3 Turbo, q5', 574_041_195, { kind: 'absent' }),
    model('large-v3', 'Large v3', 3_095_033_483, { kind: 'absent' }, { fits: false }),
    model('segmentation', 'Speaker changes', 5_905_440, { kind: 'ready' }, { role: 'segmentation', memory: null }),
    model('embedding', 'Voice fingerprints', 28_281_138, { kind: 'ready' }, { role: 'embedding', memory: null }),
  ];
  /** The file that the person picks; null: closes the dialog. */
  nextImport: string | null = null;

  constructor(private readonly hub: Hub) {}

  list = async (): Promise<Model[]> => this.models.map((m) => ({ ...m }));

  async download(name: string): Promise<void> {
    this.hub.called('download', name);
    const total = this.#find(name)?.bytes ?? 0;
    this.moveTo(name, { kind: 'downloading', done: 0, total });
  }

  async pause(name: string): Promise<void> {
    this.hub.called('pauseDownload', name);
    const state = this.#find(name)?.state;
    if (state?.kind === 'downloading') this.moveTo(name, { ...state, kind: 'paused' });
  }

  async cancel(name: string): Promise<void> {
    this.hub.called('cancelDownload', name);
    this.moveTo(name, { kind: 'absent' });
  }

  async verify(name: string): Promise<void> {
    this.hub.called('verify', name);
    this.moveTo(name, { kind: 'checking' });
    this.moveTo(name, { kind: 'ready' });
  }

  async remove(name: string): Promise<void> {
    this.hub.called('removeModel', name);
    this.moveTo(name, { kind: 'absent' });
  }

  async importFile(): Promise<string | null> {
    this.hub.called('importFile');
    if (this.nextImport !== null) this.moveTo(this.nextImport, { kind: 'ready' });
    return this.nextImport;
  }

  /** Puts a model into another state and tells so. */
  moveTo(name: string, state: ModelState): void {
    const found = this.#find(name);
    if (found) found.state = state;
    this.hub.emit({ kind: 'model', name, state });
  }

  #find(name: string): Model | undefined {
    return this.models.find((m) => m.name === name);
  }
}
