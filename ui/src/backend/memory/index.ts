/** A backend that lives in memory: for tests of the page, which need no program. */
import type { Backend } from '../index';
import type { ProgramEvent, RecordingState } from '../types';
import { MemoryDocument } from './document';
import { MemoryExports } from './exports';
import { Hub } from './hub';
import { MemoryLibrary } from './library';
import { MemoryModels } from './models';
import { MemoryPlayer } from './player';
import { MemoryProgram } from './program';
import { MemoryRecorder } from './recorder';
import { MemoryVoices } from './voices';

/** A test changes its parts through what they have beyond the interface. */
export class MemoryBackend implements Backend {
  readonly hub = new Hub();
  readonly program = new MemoryProgram(this.hub);
  readonly library = new MemoryLibrary(this.hub, () => this.program.settingsNow.job);
  readonly exports = new MemoryExports(this.hub);
  readonly recorder = new MemoryRecorder(this.hub, ({ title, duration_ms }) => {
    const recording = this.library.put({ title, duration_ms, file_name: `${title}.wav`, copied: true });
    this.hub.emit({ kind: 'library' });
    return recording.id;
  });
  readonly models = new MemoryModels(this.hub);
  readonly document = new MemoryDocument((event) => this.hub.emit(event));
  readonly voices = new MemoryVoices(this.hub, this.document, () => this.program.settingsNow.preferences.remember_voices);
  readonly player = new MemoryPlayer((event) => this.hub.emit(event));

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
