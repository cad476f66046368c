import { describe, expect, it } from 'vitest';
import { Heights, visible } from './heights';
import { scriptOf, TextMeasure } from './measure';

describe('heights', () => {
  it('know where each row begins, also after changes', () => {
    const heights = new Heights([10, 20, 30, 40]);
    expect([0, 1, 2, 3, 4].map((i) => heights.top(i))).toEqual([0, 10, 30, 60, 100]);
    expect(heights.set(1, 25)).toBe(5);
    expect(heights.set(1, 25)).toBe(0);
    expect(heights.set(9, 5)).toBe(0);
    expect([heights.at(1), heights.top(2), heights.total]).toEqual([25, 35, 105]);
  });

  it('find the row at a place', () => {
    const heights = new Heights([10, 20, 30, 40]);
    expect([-5, 0, 9, 10, 29, 30, 99, 500].map((y) => heights.indexAt(y))).toEqual([0, 0, 0, 1, 1, 2, 3, 3]);
    expect(new Heights([]).indexAt(7)).toBe(0);
  });

  it('agree with plain sums for thousands of rows', () => {
    const plain = Array.from({ length: 6000 }, (_, i) => 20 + ((i * 37) % 90));
    const heights = new Heights(plain);
    for (let i = 0; i < 6000; i += 61) {
      plain[i] = 33 + (i % 7);
      heights.set(i, plain[i]!);
    }
    let top = 0;
    plain.forEach((height, i) => {
      if (i % 97 === 0) expect([heights.top(i), heights.indexAt(top), heights.indexAt(top + height - 1)]).toEqual([top, i, i]);
      top += height;
    });
    expect(heights.total).toBe(top);
  });

  it('give the rows in sight and some around', () => {
    const heights = new Heights(new Array<number>(1000).fill(50));
    expect(visible(heights, 0, 800, 600)).toEqual({ first: 0, last: 29 });
    expect(visible(heights, 25_000, 800, 600)).toEqual({ first: 488, last: 529 });
    expect(visible(heights, 49_200, 800, 600)).toEqual({ first: 972, last: 1000 });
    expect(visible(new Heights([]), 0, 800, 600)).toEqual({ first: 0, last: 0 });
  });
});

describe('measuring', () => {
  // Without a canvas each sign counts half the size: 10 px here.
  const measure = new TextMeasure('20px sans-serif', 20);

  it('wraps at white space, at line ends, and within words that are too long', () => {
    expect(measure.lines('', 100)).toBe(1);
    expect(measure.lines('one two', 100)).toBe(1);
    expect(measure.lines('one two three', 100)).toBe(2);
    expect(measure.lines('one\ntwo', 100)).toBe(2);
    expect(measure.lines('a'.repeat(25), 100)).toBe(3);
    expect(measure.lines('取材田中です取材田中です', 100)).toBe(2);
  });

  it('knows scripts that take more room', () => {
    expect(['Hello', '2019', 'كانت', '「取材', 'ग्राम', ''].map(scriptOf)).toEqual(['plain', 'plain', 'arabic', 'tall', 'tall', 'plain']);
  });
});
