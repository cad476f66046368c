import { afterEach, describe, expect, it } from 'vitest';
import { chooseLanguage, formatDate, formatNumber, language, t } from '.';
import deEditor from './de/editor.json';
import deFiles from './de/files.json';
import deProgram from './de/program.json';
import deRecording from './de/recording.json';
import enEditor from './en/editor.json';
import enFiles from './en/files.json';
import enProgram from './en/program.json';
import enRecording from './en/recording.json';

afterEach(() => chooseLanguage('en'));

function leaves(node: object, prefix = ''): [string, string][] {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as [string, string]] : leaves(value as object, `${prefix}${key}.`),
  );
}

const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

describe.each([
  ['editor', enEditor, deEditor],
  ['program', enProgram, deProgram],
  ['files', enFiles, deFiles],
  ['recorder', enRecording, deRecording],
])('the words of the %s', (_, en, de) => {
  const [english, german] = [new Map(leaves(en)), new Map(leaves(de))];

  it('are all there in German, and no others', () => {
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('have the same places to fill in', () => {
    for (const [key, text] of english) {
      expect([key, placeholders(german.get(key) ?? '')]).toEqual([key, placeholders(text)]);
    }
  });

  it('have both plural forms or none', () => {
    for (const key of english.keys()) {
      const base = /^(.*)_(one|other)$/.exec(key);
      if (base) expect(english.has(`${base[1]}_one`) && english.has(`${base[1]}_other`)).toBe(true);
    }
  });
});

it('keeps the files apart: no group is in two of them', () => {
  const groups = [enEditor, enProgram, enFiles, enRecording].flatMap((file) => Object.keys(file));
  expect(groups.filter((group, i) => groups.indexOf(group) !== i)).toEqual([]);
});

it('fills values in and chooses the plural', () => {
  expect(t('library.speakers', { count: 1 })).toBe('1 speaker');
  expect(t('library.speakers', { count: 4 })).toBe('4 speakers');
  expect(t('queue.cancel', { title: 'A {b}' })).toBe('Stop “A {b}”');
});

it('follows a change of the language, numbers and dates included', () => {
  const day = new Date(2026, 2, 18, 10, 14);
  expect(formatNumber(1234.5)).toBe('1,234.5');
  chooseLanguage('de');
  expect(t('library.count', { count: 1200 })).toBe('1.200 Aufnahmen');
  expect(formatDate(day, { day: 'numeric', month: 'long' })).toBe('18. März');
});

it('takes the system’s first language that it speaks, else English', () => {
  chooseLanguage('system', ['fr-FR', 'de-AT', 'en']);
  expect(language()).toBe('de');
  chooseLanguage('system', ['fr']);
  expect(language()).toBe('en');
});
