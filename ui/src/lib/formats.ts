/** Where a format stands in the menu, its icon and its letter; formats that are not known here come last. */
import type { Component } from 'svelte';
import type { ExportFormat } from '../backend';
import { t, type Key } from '../i18n';
import { AudioLines, Braces, Captions, FileText, FileType, Fingerprint, Globe, Hash, Quote, Table, Text } from './icons';

type Group = 'documents' | 'subtitles' | 'data' | 'research';
interface Known {
  group: Group;
  icon: Component<Record<string, unknown>>;
  letter: string;
  /** Its name in the interface's language, or one that is the same in all. */
  name: Key | { same: string };
}

const KNOWN: Record<string, Known> = {
  pdf: { group: 'documents', icon: FileText, letter: 'p', name: { same: 'PDF' } },
  docx: { group: 'documents', icon: FileType, letter: 'w', name: { same: 'Word' } },
  txt: { group: 'documents', icon: Text, letter: 't', name: 'export.txt' },
  md: { group: 'documents', icon: Hash, letter: 'm', name: { same: 'Markdown' } },
  html: { group: 'documents', icon: Globe, letter: 'h', name: 'export.html' },
  origin: { group: 'documents', icon: Fingerprint, letter: 'o', name: 'export.origin' },
  srt: { group: 'subtitles', icon: Captions, letter: 's', name: { same: 'SubRip' } },
  vtt: { group: 'subtitles', icon: Captions, letter: 'v', name: { same: 'WebVTT' } },
  csv: { group: 'data', icon: Table, letter: 'c', name: 'export.csv' },
  tsv: { group: 'data', icon: Table, letter: 'b', name: 'export.tsv' },
  json: { group: 'data', icon: Braces, letter: 'j', name: { same: 'JSON' } },
  research: { group: 'research', icon: Quote, letter: 'q', name: { same: 'MAXQDA, ATLAS.ti, NVivo' } },
  eaf: { group: 'research', icon: AudioLines, letter: 'e', name: { same: 'ELAN' } },
  textgrid: { group: 'research', icon: AudioLines, letter: 'g', name: { same: 'Praat TextGrid' } },
  otr: { group: 'research', icon: Quote, letter: 'n', name: { same: 'oTranscribe' } },
  rttm: { group: 'research', icon: AudioLines, letter: 'r', name: 'export.rttm' },
};

export interface Entry {
  format: ExportFormat;
  name: string;
  icon: Component<Record<string, unknown>>;
  letter: string | null;
}

/** The formats in the order and the groups of the menu. */
export function grouped(formats: ExportFormat[]): { group: Group; entries: Entry[] }[] {
  const order = Object.keys(KNOWN);
  const place = (format: ExportFormat) => (order.indexOf(format.id) + order.length + 1) % (order.length + 1);
  const sorted = [...formats].sort((a, b) => place(a) - place(b));
  return (['documents', 'subtitles', 'data', 'research'] as const)
    .map((group) => ({
      group,
      entries: sorted.filter((f) => (KNOWN[f.id]?.group ?? 'data') === group).map(entry),
    }))
    .filter(({ entries }) => entries.length > 0);
}

function entry(format: ExportFormat): Entry {
  const known = KNOWN[format.id];
  return { format, name: nameOf(format), icon: known?.icon ?? FileText, letter: known?.letter ?? null };
}

/** What a format is called in the interface's language; the program's own word where the page knows none. */
export function nameOf(format: ExportFormat): string {
  const name = KNOWN[format.id]?.name;
  if (name === undefined) return format.name;
  return typeof name === 'string' ? t(name) : name.same;
}
