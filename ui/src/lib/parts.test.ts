import { describe, expect, it } from 'vitest';
import { parseSpeakers, speakersText } from './jobs';
import { pastedPaths } from './paste';
import { scrollTo, stack, visible } from './window';

describe('rows of a long list', () => {
  const { rows, total } = stack(Array.from({ length: 1000 }, (_, i) => i), () => 50);

  it('are those in view and a little more', () => {
    expect(total).toBe(50_000);
    expect(visible(rows, 10_000, 500, 100).map((r) => r.item)).toEqual(Array.from({ length: 16 }, (_, i) => 197 + i));
    expect(visible(rows, 0, 100, 0).map((r) => r.item)).toEqual([0, 1, 2]);
    expect(visible([], 0, 100)).toEqual([]);
  });

  it('scroll only as far as they must', () => {
    const row = { top: 500, height: 50 };
    expect(scrollTo(row, 400, 200)).toBeNull();
    expect(scrollTo(row, 600, 200)).toBe(500);
    expect(scrollTo(row, 0, 200)).toBe(350);
  });
});

describe('pasted files', () => {
  const pasted = (text: string) => pastedPaths({ getData: (type: string) => (type === 'text/plain' ? text : '') } as DataTransfer);

  it('are addresses or absolute paths, one a line', () => {
    expect(pasted('copy\nfile:///home/me/a%20b.wav\r\nfile:///home/me/c.wav')).toEqual(['/home/me/a b.wav', '/home/me/c.wav']);
    expect(pasted('file:///C:/talk.wav')).toEqual(['C:/talk.wav']);
    expect(pasted('C:\\talk.wav')).toEqual(['C:\\talk.wav']);
  });

  it('are not words that somebody copied', () => {
    expect(pasted('the summer of 2019')).toEqual([]);
    expect(pasted('/home/me/a.wav\nand more')).toEqual([]);
    expect(pasted('// a comment')).toEqual([]);
    expect(pasted('file://%zz')).toEqual([]);
    expect(pastedPaths(null)).toEqual([]);
  });
});

it('how many people speak is written and read the same way', () => {
  for (const text of ['auto', 'off', '3', '2-5']) expect(speakersText(parseSpeakers(text))).toBe(text);
  expect(parseSpeakers('')).toEqual({ kind: 'auto' });
});
