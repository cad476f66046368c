/** Exports: which formats there are, what was chosen last, and what comes of it. */
import { getContext, setContext } from 'svelte';
import type { ExportFormat, ExportOptions, Exported, Recording } from '../backend';
import { t } from '../i18n';
import { size } from '../lib/time';
import type { AppState } from './app.svelte';
import { asNotice } from './notices.svelte';

const USUAL: ExportOptions = { timestamps: true, speakers: true, confidence: false, summary: true };

export class Exporter {
  formats = $state.raw<ExportFormat[]>([]);
  /** The recordings of the dialog that exports several; null while it is closed. */
  many = $state.raw<Recording[] | null>(null);
  /** Whether the menu of the open transcript is open. */
  menu = $state(false);
  /** The format that is being written. */
  busy = $state<string | null>(null);
  /** Keeps what is being typed, so that the file has it. */
  before: () => Promise<void> = async () => {};
  #app: AppState;

  constructor(app: AppState) {
    this.#app = app;
  }

  async start(): Promise<void> {
    await this.#app.guarded(async () => {
      this.formats = await this.#app.backend.exports.formats();
    });
  }

  /** The format chosen last, else the first. */
  get last(): ExportFormat | undefined {
    const id = this.#app.settings?.preferences.last_export;
    return this.formats.find((f) => f.id === id) ?? this.formats.find((f) => f.id === 'pdf') ?? this.formats[0];
  }

  /** The options that a format was last exported with. */
  options(format: string): ExportOptions {
    return { ...USUAL, ...this.#app.settings?.preferences.exports[format] };
  }

  /** Keeps options of a format for the next time. */
  setOptions(format: string, options: ExportOptions): Promise<void> {
    const exports = this.#app.settings?.preferences.exports ?? {};
    return this.#app.prefer({ exports: { ...exports, [format]: options } });
  }

  /** Saves one transcript: the system's dialog asks where. */
  async save(transcript: string, format: ExportFormat): Promise<void> {
    void this.#app.prefer({ last_export: format.id });
    await this.#run(format, async () => {
      const made = await this.#app.backend.exports.save(transcript, format.id, this.options(format.id), this.#title(format));
      if (made) this.#done([made]);
    }, () => this.save(transcript, format));
  }

  /** Saves several transcripts into a folder. */
  async saveAll(transcripts: string[], format: ExportFormat): Promise<void> {
    void this.#app.prefer({ last_export: format.id });
    await this.#run(format, async () => {
      const made = await this.#app.backend.exports.saveAll(transcripts, format.id, this.options(format.id), this.#title(format));
      if (made && made.length > 0) this.#done(made);
    }, () => this.saveAll(transcripts, format));
  }

  /** Puts a transcript into the clipboard as text. */
  async copy(transcript: string): Promise<void> {
    await this.#app.guarded(async () => {
      await this.before();
      const text = await this.#app.backend.exports.text(transcript, this.options('txt'));
      await this.#app.backend.program.copy(text);
      this.#app.toasts.show({ text: t('export.copied') });
    });
  }

  async #run(format: ExportFormat, work: () => Promise<void>, again: () => unknown): Promise<void> {
    this.busy = format.id;
    try {
      await this.before();
      await work();
    } catch (refusal) {
      this.#app.notices.add(asNotice(refusal), { actions: [{ label: t('export.elsewhere'), run: again }] });
    } finally {
      this.busy = null;
    }
  }

  #done(made: Exported[]): void {
    const [first] = made;
    if (!first) return;
    const bytes = size(made.reduce((sum, file) => sum + file.bytes, 0));
    const name = first.path.split(/[/\\]/).at(-1) ?? first.path;
    this.#app.toasts.show({
      text: made.length === 1 ? t('export.saved', { size: bytes }) : t('export.saved_many', { count: made.length, size: bytes }),
      ...(made.length === 1 ? { name } : {}),
      path: first.path,
      action: { label: t('export.reveal'), run: () => this.#app.guarded(() => this.#app.backend.exports.reveal(first.path)) },
    });
  }

  #title(format: ExportFormat): string {
    return t('export.dialog', { format: format.name });
  }
}

const KEY = Symbol('export');
export const provideExporter = (exporter: Exporter): Exporter => setContext(KEY, exporter);
export const useExporter = (): Exporter => getContext<Exporter>(KEY);
