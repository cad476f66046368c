import { expect, it } from 'vitest';
import { t } from '.';

it('fills values in and chooses the plural', () => {
  expect(t('library.speakers', { count: 1 })).toBe('1 speaker');
  expect(t('library.speakers', { count: 4 })).toBe('4 speakers');
  expect(t('queue.cancel', { title: 'A {b}' })).toBe('Stop “A {b}”');
});
