import { describe, expect, it } from 'vitest';
import { groupByDay } from './groups';
import { initials, look } from './speakers';
import { clock, left, size, spoken } from './time';

describe('times', () => {
  it('read as a clock, with hours only where they belong', () => {
    expect(clock(0)).toBe('0:00');
    expect(clock(151_999)).toBe('2:31');
    expect(clock(151_999, true)).toBe('0:02:31');
    expect(clock(4_351_000)).toBe('1:12:31');
  });

  it('are spoken in whole words', () => {
    expect(spoken(4_286_000)).toBe('1 hour 11 minutes 26 seconds');
    expect(spoken(1_000)).toBe('1 second');
  });

  it('left are rounded', () => {
    expect(left(59)).toBe('under 1 min left');
    expect(left(250)).toBe('about 4 min left');
    expect(left(3_900)).toBe('about 1 h 5 min left');
  });

  it('sizes are decimal', () => {
    expect(size(147_951_465)).toBe('148 MB');
    expect(size(3_095_033_483)).toBe('3.1 GB');
  });
});

describe('speakers', () => {
  it('have their initials, and their number from the thirteenth on', () => {
    expect(initials('Lena Brandt', 0)).toBe('LB');
    expect(initials('Speaker 4', 3)).toBe('S4');
    expect(initials('李雷', 1)).toBe('李');
    expect(initials('', 1)).toBe('');
    expect(initials('Speaker 13', 12)).toBe('13');
  });

  it('differ in colour, and after six in outline', () => {
    expect(look(0)).toEqual({ colour: 'var(--s1)', shape: 'disc', outline: false });
    expect(look(6)).toEqual({ colour: 'var(--s7)', shape: 'disc', outline: true });
    expect(look(12).colour).toBe('var(--s1)');
    const looks = new Set(Array.from({ length: 12 }, (_, place) => `${look(place).shape}${look(place).outline}`));
    expect(looks.size).toBe(12);
  });
});

describe('groups', () => {
  const at = (text: string) => ({ added_at: text });
  const now = new Date('2026-03-18T00:30:00').getTime();

  it('are today, yesterday, this month, and months', () => {
    const items = ['2025-12-31T10:00', '2026-03-18T00:10', '2026-03-17T23:59', '2026-03-02T10:00', '2026-02-28T10:00'];
    const titles = groupByDay(items.map(at), now).map((g) => g.title);
    expect(titles).toEqual(['Today', 'Yesterday', 'Earlier in March', 'February', 'December 2025']);
  });

  it('hold the newest first', () => {
    const [group] = groupByDay([at('2026-03-18T00:05'), at('2026-03-18T00:10')], now);
    expect(group?.items.map((i) => i.added_at)).toEqual([at('2026-03-18T00:10').added_at, at('2026-03-18T00:05').added_at]);
  });
});
