import { expect, it } from 'vitest';
import { holdsFiles } from './paste';

const holding = (...types: string[]) => ({ types }) as unknown as DataTransfer;

it('files in the clipboard are known by its types, words are none', () => {
  expect(holdsFiles(holding('Files'))).toBe(true);
  expect(holdsFiles(holding('text/plain', 'text/uri-list'))).toBe(true);
  expect(holdsFiles(holding('text/plain', 'text/html'))).toBe(false);
  expect(holdsFiles(holding())).toBe(false);
  expect(holdsFiles(null)).toBe(false);
});
