/** Where a format stands in the menu, its icon and its letter; formats that are not known here come last. */
import type { Component } from 'svelte';
import type { ExportFormat } from '../../backend';
import { t, type Key } from '../../i18n';
import { AudioLines, Braces, Captions, FileText, FileType, Globe, Fingerprint, Hash, Quote, Table, Text } from '../../lib/icons';

type Group = 'documents' | 'subtitles' | 'data' | 'research';
interface Known {
  group: Group;
  icon: Component<Record<string, unknown>>;
  letter: string;
  /** Its name in the interface's language; PDF, Word, SubRip are the same in all. */
  name?: Key;
}

const KNOWN: Record<string, Known> = {
  pdf: { group: 'documents', icon: FileText, letter: 'p' },
  docx: { group: 'documents', icon: FileType, letter: 'w' },
  txt: { group: 'documents', icon: Text, letter: 't', name: 'export.txt' },
  md: { group: 'documents', icon: Hash, letter: 'm' },
  html: { group: 'documents', icon: Globe, letter: 'h', name: 'export.html' },
  origin: { group: 'documents', icon: Fingerprint, letter: 'o', name: 'export.origin' },
  srt: { group: 'subtitles', icon: Captions, letter: 's' },
  vtt: { group: 'subtitles', icon: Captions, letter: 'v' },
  csv: { group: 'data', icon: Table, letter: 'c', name: 'export.csv' },
  tsv: { group: 'data', icon: Table, letter: 'b', name: 'export.tsv' },
  json: { group: 'data', icon: Braces, letter: 'j' },
  research: { group: 'research', icon: Quote, letter: 'q' },
  eaf: { group: 'research', icon: AudioLines, letter: 'e' },
  textgrid: { group: 'research', icon: AudioLines, letter: 'g' },
  otr: { group: 'research', icon: Quote, letter: 'n' },
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
  const name = known?.name;
  return { format, name: name ? t(name) : format.name, icon: known?.icon ?? FileText, letter: known?.letter ?? null };
}
