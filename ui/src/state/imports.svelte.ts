/** Transcripts that come as files: asked for by the dialog or dropped, each with its recording or without. */
import type { ImportFile } from '../backend';
import { t } from '../i18n';
import type { AppState } from './app.svelte';

/** Whether a file is a transcript by its name: those that no recording is called. */
export const isTranscript = (path: string): boolean => /\.(json|srt|vtt)$/i.test(path);

export class Imports {
  /** The files that are asked about; empty while nothing is. */
  files = $state.raw<ImportFile[]>([]);
  #app: AppState;

  constructor(app: AppState) {
    this.#app = app;
  }

  /** Asks for a file by the system's dialog. */
  choose(): Promise<void> {
    return this.#app.guarded(async () => {
      const file = await this.#app.backend.library.chooseImport(t('import.choose_title'));
      if (file) this.files = [file];
    });
  }

  /** Asks about files that were dropped. */
  offer(paths: string[]): Promise<void> {
    return this.#app.guarded(async () => {
      this.files = await this.#app.backend.library.lookAtImports(paths);
    });
  }

  /** Asks for the recording of a file. */
  chooseAudio(file: ImportFile): Promise<void> {
    return this.#app.guarded(async () => {
      const audio = await this.#app.backend.library.chooseAudio(t('import.audio_title', { name: file.name }));
      if (audio !== null) this.setAudio(file, audio);
    });
  }

  setAudio(file: ImportFile, audio: string | null): void {
    this.files = this.files.map((other) => (other.path === file.path ? { ...other, audio } : other));
  }

  forget(): void {
    this.files = [];
  }

  /** Takes the files in; one that cannot be read keeps no other back. */
  async take(): Promise<void> {
    const files = this.files;
    this.forget();
    const taken: string[] = [];
    for (const { path, audio } of files) {
      await this.#app.guarded(async () => taken.push(await this.#app.backend.library.importTranscript(path, audio)));
    }
    const [first] = taken;
    if (first === undefined) return;
    await this.#app.refresh();
    if (files.length === 1) this.#app.openAt(first);
    else {
      this.#app.toasts.show({
        text: t('import.done', { count: taken.length }),
        action: { label: t('import.open'), run: () => this.#app.openAt(first) },
      });
    }
  }
}
