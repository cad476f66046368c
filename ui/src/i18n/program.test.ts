import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { chooseLanguage, said } from '.';
import de from './de/engine.json';

/** Where the program says something to the person. */
const PLACES = ['crates/st-engine/src', 'crates/st-audio/src', 'src-tauri/src'];
/** What a file that is no recording looks like: the same file says it in parts of a sentence. */
const KINDS = 'crates/st-audio/src/sniff.rs';
const ROOT = join(import.meta.dirname, '../../..');

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'tests' ? [] : sources(path);
    return path.endsWith('.rs') && !/tests\.rs$/.test(path) ? [path] : [];
  });
}

/** Every whole sentence in the program's strings, its places written as `{}`. */
function sentences(): Map<string, string> {
  const found = new Map<string, string>();
  for (const path of PLACES.flatMap((place) => sources(join(ROOT, place)))) {
    const code = readFileSync(path, 'utf8')
      .split(/#\[cfg\(test\)\]\nmod tests/)[0]!
      .replace(/^\s*\/\/.*$/gm, '');
    for (const [, raw] of code.matchAll(/"((?:[^"\\]|\\[^])*)"/g)) {
      const text = raw!.replace(/\\\n\s*/g, '').replace(/\\(.)/g, '$1');
      const whole = text.includes(' ') && /^[A-Z“{]/.test(text) && (/[.?]( ?\{[^}]*\})?$/.test(text) || text.includes('. '));
      if (whole) found.set(text.replace(/\{[^}]*\}/g, '{}'), path);
    }
  }
  return found;
}

afterEach(() => chooseLanguage('en'));

describe('what the program says', () => {
  it('is known in German, sentence by sentence', () => {
    const all = sentences();
    expect(all.size).toBeGreaterThan(100);
    const missing = [...all].filter(([text]) => !(text in de)).map(([text, path]) => `${path.slice(ROOT.length)}: ${text}`);
    expect(missing).toEqual([]);
  });

  it('knows in German what a file looks like', () => {
    const code = readFileSync(join(ROOT, KINDS), 'utf8').split('mod tests')[0]!;
    const kinds = [...code.matchAll(/"(an? [^"]*)"/g)].map(([, kind]) => kind!);
    expect(kinds.length).toBeGreaterThan(20);
    expect(kinds.filter((kind) => !(kind in de))).toEqual([]);
  });

  it('has the same places in German', () => {
    for (const [english, german] of Object.entries(de)) {
      const places = english.split('{}').length - 1;
      const used = new Set([...german.matchAll(/\{(\d+)\}/g)].map(([, at]) => Number(at)));
      expect([english, [...used].sort()]).toEqual([english, [...Array(places).keys()]]);
    }
  });

  it('is said in the language of the page, names untouched', () => {
    const english = '“a (1).*.pdf” is not audio or video. It looks like a PDF. Choose the recording itself.';
    expect(said(english)).toBe(english);
    chooseLanguage('de');
    expect(said(english)).toBe(
      '„a (1).*.pdf“ ist weder Ton noch Video. Es sieht aus wie ein PDF. Wählen Sie die Aufnahme selbst.',
    );
    expect(said('/tmp/$1/x.txt was not saved: the disk is full.')).toBe(
      '/tmp/$1/x.txt wurde nicht gespeichert: Der Datenträger ist voll.',
    );
    expect(said('Something that nobody translated.')).toBe('Something that nobody translated.');
  });
});
