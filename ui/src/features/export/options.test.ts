import { describe, expect, it } from 'vitest';
import { USUAL } from '../../state/export.svelte';
import { hasMore, LIMITS, partsOf, withLimit } from './options';

const format = (...options: (keyof typeof USUAL)[]) => ({ id: 'x', extension: 'x', name: 'X', options });

describe('the options of a format', () => {
  it('are those that it heeds, in parts, and no empty part', () => {
    expect(partsOf(format())).toEqual([]);
    const parts = partsOf(format('speakers', 'paper', 'questions'));
    expect(parts.map((p) => [p.title, p.flags, p.more])).toEqual([
      ['export.part_text', ['speakers'], undefined],
      ['export.part_pages', [], 'paper'],
      ['export.part_summary', ['questions'], undefined],
    ]);
  });

  it('are more than the menu shows, or not', () => {
    expect(hasMore(format('timestamps', 'summary'))).toBe(false);
    expect(hasMore(format('timestamps', 'cues'))).toBe(true);
  });
});

describe('the limits of subtitles', () => {
  const limit = (field: string) => LIMITS.find((l) => l.field === field)!;

  it('take seconds as milliseconds', () => {
    expect(withLimit(USUAL.cues, limit('most_ms'), 5.5)?.most_ms).toBe(5500);
    expect(withLimit(USUAL.cues, limit('columns'), 37)?.columns).toBe(37);
  });

  it('refuse what no cue can be made by', () => {
    expect(withLimit(USUAL.cues, limit('columns'), 0)).toBeNull();
    expect(withLimit(USUAL.cues, limit('columns'), 37.5)).toBeNull();
    expect(withLimit(USUAL.cues, limit('lines'), Number.NaN)).toBeNull();
    expect(withLimit(USUAL.cues, limit('least_ms'), 8)).toBeNull();
  });

  it('take every usual one', () => {
    for (const l of LIMITS) expect(withLimit(USUAL.cues, l, USUAL.cues[l.field] / l.unit)).toEqual(USUAL.cues);
  });
});
