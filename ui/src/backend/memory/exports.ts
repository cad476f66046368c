/** Exports in memory: nothing is written, what was asked for is kept. */
import type { ExportBackend } from '../index';
import type { ExportDoubt, ExportedMany, ExportFormat, ExportOptions, Exported, Notice, PlannedExport } from '../types';
import type { Hub } from './hub';

type Option = keyof ExportOptions;
const SUMMARY: Option[] = ['summary', 'shares', 'average_confidence', 'questions', 'actions', 'next_steps'];
const TEXT: Option[] = ['timestamps', 'speakers', 'confidence', ...SUMMARY, 'origin'];
const PAGES: Option[] = [...TEXT, 'paper', 'line_numbers'];

const format = (id: string, name: string, options: Option[], extension = id): ExportFormat => ({
  id,
  extension,
  name,
  options,
});

export class MemoryExports implements ExportBackend {
  list: ExportFormat[] = [
    format('pdf', 'PDF', PAGES),
    format('docx', 'Word document', PAGES),
    format('txt', 'Plain text', TEXT),
    format('md', 'Markdown', TEXT),
    format('html', 'Web page', [...TEXT, 'audio_link']),
    format('csv', 'Table (CSV)', ['csv_bom']),
    format('tsv', 'Table with tabs (TSV)', ['csv_bom']),
    format('json', 'JSON with word times', []),
    format('srt', 'Subtitles (SRT)', ['speakers', 'cues']),
    format('vtt', 'Subtitles (WebVTT)', ['speakers', 'cues']),
    format('rttm', 'Speaker turns (RTTM)', []),
    format('eaf', 'ELAN annotations (EAF)', []),
    format('textgrid', 'Praat TextGrid', [], 'TextGrid'),
    format('research', 'Text for MAXQDA, ATLAS.ti, NVivo', ['speakers'], 'research.txt'),
    format('otr', 'oTranscribe', ['timestamps', 'speakers']),
    format('origin', 'Record of origin', [], 'origin.txt'),
  ];
  /** What the save dialog answers; null: the person closes it. */
  nextPath: string | null = '/exports/talk.txt';
  /** What the dialog for a folder answers. */
  nextFolder: string | null = '/exports';
  /** What somebody should know of transcripts, by their ids. */
  doubts = new Map<string, ExportDoubt['reason']>();
  /** Names of files that are in the folder. */
  there = new Set<string>();
  /** Formats that cannot be written, and why. */
  refused = new Map<string, Notice>();

  constructor(private readonly hub: Hub) {}

  formats = async (): Promise<ExportFormat[]> => this.list;

  async save(transcript: string, format: string, options: ExportOptions): Promise<Exported | null> {
    this.hub.called('save', transcript, format, options);
    return this.nextPath === null ? null : { path: this.nextPath, bytes: 214_000 };
  }

  async check(transcripts: string[]): Promise<ExportDoubt[]> {
    return transcripts.flatMap((transcript) => {
      const reason = this.doubts.get(transcript);
      return reason ? [{ transcript, title: transcript, reason }] : [];
    });
  }

  async folder(): Promise<string | null> {
    this.hub.called('folder');
    return this.nextFolder;
  }

  async plan(transcripts: string[], formats: string[]): Promise<PlannedExport[]> {
    return transcripts.flatMap((transcript) =>
      formats.map((id) => {
        const name = this.#name(transcript, id);
        return { transcript, format: id, name, exists: this.there.has(name) };
      }),
    );
  }

  async saveAll(
    transcripts: string[],
    formats: string[],
    options: Record<string, ExportOptions>,
    folder: string,
    existing: 'replace' | 'keep_both',
  ): Promise<ExportedMany> {
    this.hub.called('saveAll', transcripts.join(','), formats.join(','), options, folder, existing);
    const made: ExportedMany = { written: [], refused: [] };
    for (const transcript of transcripts) {
      for (const id of formats) {
        const refusal = this.refused.get(id);
        const name = this.#name(transcript, id);
        const free = existing === 'keep_both' && this.there.has(name) ? name.replace(/(\.[^.]+)$/, ' (2)$1') : name;
        if (refusal) made.refused.push(refusal);
        else made.written.push({ path: `${folder}/${free}`, bytes: 100_000 });
      }
    }
    return made;
  }

  async text(transcript: string, options: ExportOptions): Promise<string> {
    this.hub.called('text', transcript, options);
    return `Transcript ${transcript}`;
  }

  async reveal(path: string): Promise<void> {
    this.hub.called('revealFile', path);
  }

  #name(transcript: string, id: string): string {
    return `${transcript}.${this.list.find((f) => f.id === id)?.extension ?? id}`;
  }
}
