/** Exports: which formats there are, what was chosen last, what is asked before writing, and what comes of it. */
import { getContext, setContext } from 'svelte';
import type { ExportDoubt, ExportFormat, ExportOptions, Exported, ExportedMany, PlannedExport, Recording } from '../backend';
import { t } from '../i18n';
import { nameOf } from '../lib/formats';
import { size } from '../lib/time';
import type { AppState } from './app.svelte';
import { asNotice } from './notices.svelte';

/** What a format has as long as nobody chose otherwise; the limits of subtitles are those of `st_export::CueOptions`. */
export const USUAL: ExportOptions = {
  timestamps: true,
  speakers: true,
  confidence: false,
  summary: false,
  paper: 'a4',
  line_numbers: false,
  origin: false,
  csv_bom: true,
  audio_link: false,
  cues: { columns: 42, lines: 2, least_ms: 1000, most_ms: 7000, reading_speed: 20, gap_ms: 80 },
  shares: false,
  average_confidence: false,
  questions: false,
  actions: false,
  next_steps: false,
};

/** What becomes of files that are there already. */
export type Existing = 'replace' | 'keep_both';

/** What is asked before anything is written; null calls it off. */
export type Question =
  | { kind: 'doubt'; doubts: ExportDoubt[]; answer: (go: boolean) => void }
  | { kind: 'exists'; files: PlannedExport[]; folder: string; answer: (existing: Existing | null) => void };

export class Exporter {
  formats = $state.raw<ExportFormat[]>([]);
  /** The recordings of the dialog that exports several; null while it is closed. */
  many = $state.raw<Recording[] | null>(null);
  /** Whether the menu of the open transcript is open. */
  menu = $state(false);
  /** The format that is being written, or the first of several. */
  busy = $state<string | null>(null);
  /** What waits for an answer. */
  question = $state.raw<Question | null>(null);
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

  /** The formats that several were exported in last, else the last one. */
  get lastMany(): ExportFormat[] {
    const ids = this.#app.settings?.preferences.many_exports ?? [];
    const kept = this.formats.filter((f) => ids.includes(f.id));
    return kept.length > 0 ? kept : this.last ? [this.last] : [];
  }

  /** The options that a format was last exported with. */
  options(format: string): ExportOptions {
    const kept = this.#app.settings?.preferences.exports[format];
    return { ...USUAL, ...kept, cues: { ...USUAL.cues, ...kept?.cues } };
  }

  /** Keeps options of a format for the next time. */
  setOptions(format: string, options: ExportOptions): Promise<void> {
    const exports = this.#app.settings?.preferences.exports ?? {};
    return this.#app.prefer({ exports: { ...exports, [format]: options } });
  }

  /** Saves one transcript: the system's dialog asks where, and before it replaces a file. */
  async save(transcript: string, format: ExportFormat): Promise<void> {
    void this.#app.prefer({ last_export: format.id });
    await this.#run(format, async () => {
      if (!(await this.#sure([transcript]))) return;
      const made = await this.#app.backend.exports.save(transcript, format.id, this.options(format.id), this.#title(format));
      if (made) this.#done([made]);
    }, () => this.save(transcript, format));
  }

  /** Saves transcripts, each in every format, into one folder. */
  async saveAll(transcripts: string[], formats: ExportFormat[]): Promise<void> {
    const [first] = formats;
    if (!first) return;
    const ids = formats.map((f) => f.id);
    void this.#app.prefer({ many_exports: ids });
    const elsewhere = () => this.saveAll(transcripts, formats);
    await this.#run(first, async () => {
      if (!(await this.#sure(transcripts))) return;
      const { exports } = this.#app.backend;
      const folder = await exports.folder(t('export.folder_title'));
      if (folder === null) return;
      const there = (await exports.plan(transcripts, ids, folder)).filter((file) => file.exists);
      const existing = there.length === 0 ? 'keep_both' : await this.#existing(there, folder);
      if (existing === null) return;
      const options = Object.fromEntries(ids.map((id) => [id, this.options(id)]));
      this.#told(await exports.saveAll(transcripts, ids, options, folder, existing), elsewhere);
    }, elsewhere);
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

  /** Whether these are to be written though one is empty or unfinished. */
  async #sure(transcripts: string[]): Promise<boolean> {
    const doubts = await this.#app.backend.exports.check(transcripts);
    return doubts.length === 0 || this.#ask<boolean>((answer) => ({ kind: 'doubt', doubts, answer }));
  }

  #existing(files: PlannedExport[], folder: string): Promise<Existing | null> {
    return this.#ask<Existing | null>((answer) => ({ kind: 'exists', files, folder, answer }));
  }

  #ask<T>(question: (answer: (given: T) => void) => Question): Promise<T> {
    return new Promise((resolve) => {
      this.question = question((given) => {
        this.question = null;
        resolve(given);
      });
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

  #told({ written, refused }: ExportedMany, elsewhere: () => unknown): void {
    this.#done(written);
    for (const notice of refused) this.#app.notices.add(notice, { actions: [{ label: t('export.elsewhere'), run: elsewhere }] });
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
    return t('export.dialog', { format: nameOf(format) });
  }
}

const KEY = Symbol('export');
export const provideExporter = (exporter: Exporter): Exporter => setContext(KEY, exporter);
export const useExporter = (): Exporter => getContext<Exporter>(KEY);
