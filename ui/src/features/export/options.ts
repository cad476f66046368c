/** The choices about a file, in the parts of their form, and what numbers are taken. */
import type { CueLimits, ExportFormat, ExportOptions } from '../../backend';
import type { Key } from '../../i18n';

/** A choice that is on or off. */
export type Flag = { [K in keyof ExportOptions]: ExportOptions[K] extends boolean ? K : never }[keyof ExportOptions];

/** What the menu itself offers; the rest is behind "More options…". */
export const QUICK: Flag[] = ['timestamps', 'speakers', 'confidence', 'summary'];

export interface Part {
  title: Key;
  flags: Flag[];
  /** What stands beside the boxes. */
  more?: 'paper' | 'cues';
}

export const PARTS: Part[] = [
  { title: 'export.part_text', flags: ['timestamps', 'speakers', 'confidence', 'origin', 'audio_link'] },
  { title: 'export.part_pages', flags: ['line_numbers'], more: 'paper' },
  {
    title: 'export.part_summary',
    flags: ['summary', 'shares', 'average_confidence', 'questions', 'actions', 'next_steps'],
  },
  { title: 'export.part_table', flags: ['csv_bom'] },
  { title: 'export.part_cues', flags: [], more: 'cues' },
];

/** The parts that a format has, each with what it heeds. */
export const partsOf = (format: ExportFormat): Part[] =>
  PARTS.map((part) => ({
    ...part,
    flags: part.flags.filter((flag) => format.options.includes(flag)),
    more: part.more !== undefined && format.options.includes(part.more) ? part.more : undefined,
  })).filter((part) => part.flags.length > 0 || part.more !== undefined);

/** Whether a format offers more than the menu shows. */
export const hasMore = (format: ExportFormat): boolean =>
  format.options.some((option) => !(QUICK as (keyof ExportOptions)[]).includes(option));

export const labelOf = (flag: Flag): Key => (flag === 'origin' ? 'export.origin_page' : `export.${flag}`);

/** What a choice means, where its name does not say it. */
export const TEXTS: Partial<Record<Flag, Key>> = {
  origin: 'export.origin_text',
  audio_link: 'export.audio_link_text',
  csv_bom: 'export.csv_bom_text',
  summary: 'export.parts_text',
};

export interface Limit {
  field: keyof CueLimits;
  label: Key;
  least: number;
  most: number;
  /** What the field's number is multiplied by: people think in seconds. */
  unit: number;
}

/** Wider than any guide for subtitles asks for, and narrow enough that a cue can still be read. */
export const LIMITS: Limit[] = [
  { field: 'columns', label: 'export.columns', least: 16, most: 120, unit: 1 },
  { field: 'lines', label: 'export.lines', least: 1, most: 4, unit: 1 },
  { field: 'least_ms', label: 'export.least', least: 0.2, most: 10, unit: 1000 },
  { field: 'most_ms', label: 'export.most', least: 1, most: 30, unit: 1000 },
  { field: 'reading_speed', label: 'export.reading_speed', least: 5, most: 60, unit: 1 },
  { field: 'gap_ms', label: 'export.gap', least: 0, most: 1000, unit: 1 },
];

/** The limits with one number changed; null where it is none that can be taken, as a shortest time above the longest. */
export function withLimit(cues: CueLimits, limit: Limit, typed: number): CueLimits | null {
  if (!Number.isFinite(typed) || typed < limit.least || typed > limit.most) return null;
  const value = Math.round(typed * limit.unit);
  if (limit.unit === 1 && value !== typed) return null;
  const next = { ...cues, [limit.field]: value };
  return next.least_ms <= next.most_ms ? next : null;
}
