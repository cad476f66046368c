/** Exports in memory: nothing is written, what was asked for is kept. */
import type { ExportBackend } from '../index';
import type { ExportFormat, ExportOptions, Exported } from '../types';
import type { Hub } from './hub';

type Option = keyof ExportOptions;
const ALL: Option[] = ['timestamps', 'speakers', 'confidence', 'summary'];

const format = (id: string, name: string, options: Option[], extension = id): ExportFormat => ({
  id,
  extension,
  name,
  options,
});

export class MemoryExports implements ExportBackend {
  list: ExportFormat[] = [
    format('txt', 'Plain text', ALL),
    format('md', 'Markdown', ALL),
    format('srt', 'SubRip', ['speakers']),
    format('vtt', 'WebVTT', ['speakers', 'confidence']),
    format('csv', 'Spreadsheet', ['confidence']),
    format('json', 'JSON', ['confidence']),
    format('rttm', 'Speaker turns', []),
    format('html', 'Web page', ALL),
    format('docx', 'Word', ALL),
    format('pdf', 'PDF', ALL),
  ];
  /** What the save dialog answers; null: the person closes it. */
  nextPath: string | null = '/exports/talk.txt';

  constructor(private readonly hub: Hub) {}

  formats = async (): Promise<ExportFormat[]> => this.list;

  async save(transcript: string, format: string, options: ExportOptions): Promise<Exported | null> {
    this.hub.called('save', transcript, format, options);
    return this.nextPath === null ? null : { path: this.nextPath, bytes: 214_000 };
  }

  async saveAll(transcripts: string[], format: string, options: ExportOptions): Promise<Exported[] | null> {
    this.hub.called('saveAll', transcripts.join(','), format, options);
    if (this.nextPath === null) return null;
    return transcripts.map((transcript) => ({ path: `/exports/${transcript}.${format}`, bytes: 100_000 }));
  }

  async text(transcript: string, options: ExportOptions): Promise<string> {
    this.hub.called('text', transcript, options);
    return `Transcript ${transcript}`;
  }

  async reveal(path: string): Promise<void> {
    this.hub.called('revealFile', path);
  }
}
