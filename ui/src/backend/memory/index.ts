/** A backend that lives in memory: for tests of the page, which need no program. */
import type { Backend, DocumentBackend, PlayerBackend } from '../index';
import type { ProgramEvent, RecordingState } from '../types';
import { MemoryExports } from './exports';
import { Hub } from './hub';
import { MemoryLibrary } from './library';
import { MemoryModels } from './models';
import { MemoryProgram } from './program';

/** A test changes its parts through what they have beyond the interface. */
export class MemoryBackend implements Backend {
  readonly hub = new Hub();
  readonly program = new MemoryProgram(this.hub);
  readonly library = new MemoryLibrary(this.hub, () => this.program.settingsNow.job);
  readonly exports = new MemoryExports(this.hub);
  readonly models = new MemoryModels(this.hub);
  readonly document: DocumentBackend = {
    open: () => Promise.resolve(null),
    apply: () => Promise.reject(new Error('none')),
    undo: () => Promise.reject(new Error('none')),
    redo: () => Promise.reject(new Error('none')),
    find: () => Promise.resolve({ hits: [], problem: null }),
  };
  readonly player: PlayerBackend = {
    load: () => Promise.resolve(),
    play: () => Promise.resolve(),
    pause: () => Promise.resolve(),
    seek: () => Promise.resolve(),
    rate: () => Promise.resolve(),
    volume: () => Promise.resolve(),
    loop: () => Promise.resolve(),
  };

  async listen(handler: (event: ProgramEvent) => void): Promise<() => void> {
    return this.hub.listen(handler);
  }

  emit(event: ProgramEvent): void {
    this.hub.emit(event);
  }

  move(recording: string, state: RecordingState): void {
    this.library.moveTo(recording, state);
  }
}
