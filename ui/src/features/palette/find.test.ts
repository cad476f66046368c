import { expect, it } from 'vitest';
import type { Recording } from '../../backend';
import type { Command } from '../../state/keys.svelte';
import { targets } from './find';

const recordings = ['Old mill', 'Interview, mill', 'Familles', 'Other'].map((title, id) => ({ id: String(id), title }) as Recording);
const commands: Command[] = [{ id: 'a', label: 'command.quit', keys: [], inText: true, run: () => {} }];
const names = (query: string) => targets(query, recordings, commands).map((target) => target.name);

it('finds the beginning of names first, then of words, then what is inside', () => {
  expect(names('mill')).toEqual(['Old mill', 'Interview, mill', 'Familles']);
  expect(names('o')).toEqual(['Old mill', 'Other']);
  expect(names('qu')).toEqual(['Quit']);
});

it('shows recordings alone while nothing is typed', () => {
  expect(names(' ')).toHaveLength(4);
  expect(names('zebra')).toEqual([]);
});
