import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { chooseLanguage, said } from '.';
import de from './de/engine.json';

/** Where the program says something to the person. */
const PLACES = ['crates/st-engine/src', 'crates/st-audio/src', 'crates/st-pdf/src', 'src-tauri/src'];
/** What is said in files for others stays as it is; why there is none is said to the person. */
const FILES = 'crates/st-export/src';
const ERROR = /io::Error::(?:new|other)\([^]*?\n *\)/g;
const ENGINE = 'crates/st-engine/src';
/** What a file that is no recording looks like: the same file says it in parts of a sentence. */
const KINDS = 'crates/st-audio/src/sniff.rs';
/** Parts that stand in sentences, and sentences made of parts, where nothing else would find them: in which files. */
const PARTS: Record<string, string[]> = {
  'what a file looks like': [KINDS, 'crates/st-audio/src/open.rs'],
  'where a file is damaged': ['crates/st-audio/src/error.rs'],
  'which files of a folder are left out': [`${ENGINE}/engine/adding.rs`],
  'why a file cannot be written': [`${ENGINE}/failure/convert.rs`],
  'why a name is no name for a file': [`${ENGINE}/file_names.rs`],
  'what is not in the library': ['recordings', 'transcripts', 'jobs'].map((name) => `${ENGINE}/library/${name}.rs`),
  'why a pattern cannot be used': ['crates/st-core/src/find.rs'],
  'what cannot be done with the file of a model, and why': [`${ENGINE}/models/error.rs`, `${ENGINE}/models/store.rs`],
  'what is wrong with a model': ['ggml', 'onnx', 'inspect', 'import'].map((name) => `${ENGINE}/models/${name}.rs`),
  'why a model cannot be fetched': [`${ENGINE}/models/download/http.rs`],
  'where short voices went': ['crates/st-core/src/regroup.rs'],
  'why a recording stays WAV': ['crates/st-audio/src/flac.rs'],
  'why speakers were not told apart': [`${ENGINE}/failure.rs`, `${ENGINE}/failure/convert.rs`],
};
/** What begins like a reason in these files. */
const REASON = /^(it|its|the|a|another|one of its|permission|Windows) \w+ .*[^.:]$/;
/** Not known by themselves, for they fit nearly anything: they stand in the catalogue with the parts that they are made with. */
const MADE_OF_PARTS = ['{} {} The text is complete.'];
const ROOT = join(import.meta.dirname, '../../..');

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'tests' ? [] : sources(path);
    return path.endsWith('.rs') && !/tests\.rs$/.test(path) ? [path] : [];
  });
}

/** The strings of a file, or of what matches in it, their places written as `{}`. */
function strings(path: string, within = /[^]*/g): string[] {
  const whole = readFileSync(path, 'utf8')
    .split(/#\[cfg\(test\)\]\nmod tests \{/)[0]!
    .replace(/^\s*\/\/.*$/gm, '')
    .replaceAll(`'"'`, '');
  const code = (whole.match(within) ?? []).join('\n');
  const raw = [...code.matchAll(/"((?:[^"\\]|\\[^])*)"/g)].map(([, text]) => text!);
  return raw.map((text) => text.replace(/\\\n\s*/g, '').replace(/\\(.)/g, '$1').replace(/\{[^}]*\}/g, '{}'));
}

/** Every whole sentence in the program's strings. */
function sentences(): Map<string, string> {
  const found = new Map<string, string>();
  const all = PLACES.flatMap((place) => sources(join(ROOT, place))).map((path) => ({ path, texts: strings(path) }));
  const refused = sources(join(ROOT, FILES)).map((path) => ({ path, texts: strings(path, ERROR) }));
  for (const { path, texts } of [...all, ...refused]) {
    for (const text of texts.map((text) => text.trim())) {
      const whole = text.includes(' ') && /^[A-Z“{]/.test(text) && (/[.?]( ?\{\})?$/.test(text) || text.includes('. '));
      if (whole && /[A-Za-z]{2}/.test(text)) found.set(text, path);
    }
  }
  return found;
}

/** Whether a text is nothing but these pieces. */
const isMadeOf = (text: string, pieces: string[]): boolean =>
  text === '' || pieces.some((piece) => text.startsWith(piece) && isMadeOf(text.slice(piece.length), pieces));

afterEach(() => chooseLanguage('en'));

describe('what the program says', () => {
  it('is known in German, sentence by sentence', () => {
    const all = sentences();
    expect(all.size).toBeGreaterThan(100);
    const missing = [...all].filter(([text]) => !(text in de) && !MADE_OF_PARTS.includes(text));
    expect(missing.map(([text, path]) => `${path.slice(ROOT.length)}: ${text}`)).toEqual([]);
  });

  it('knows in German what a file looks like', () => {
    const code = readFileSync(join(ROOT, KINDS), 'utf8').split('mod tests')[0]!;
    const kinds = [...code.matchAll(/"(an? [^"]*)"/g)].map(([, kind]) => kind!);
    expect(kinds.length).toBeGreaterThan(20);
    expect(kinds.filter((kind) => !(kind in de))).toEqual([]);
  });

  it('knows every reason in German', () => {
    const reasons = Object.values(PARTS).flat().flatMap((file) => strings(join(ROOT, file)).filter((text) => REASON.test(text)));
    expect(reasons.length).toBeGreaterThan(50);
    expect(reasons.filter((reason) => !(reason in de))).toEqual([]);
  });

  it('knows in German nothing that is no longer said', () => {
    const all = sentences();
    const pieces = Object.values(PARTS).map((files) => {
      const texts = files.flatMap((file) => strings(join(ROOT, file)));
      return [...texts, ...texts.map((text) => text.trim())].flatMap((text) => text.split('{}')).filter((piece) => piece !== '');
    });
    const isPart = (text: string) => pieces.some((of) => text.split('{}').every((fixed) => isMadeOf(fixed, of)));
    expect(Object.keys(de).filter((text) => !all.has(text) && !isPart(text))).toEqual([]);
    expect(MADE_OF_PARTS.filter((text) => !all.has(text))).toEqual([]);
  });

  it('has the same places in German', () => {
    for (const [english, german] of Object.entries(de)) {
      const places = english.split('{}').length - 1;
      const used = new Set([...german.matchAll(/\{(\d+)\}/g)].map(([, at]) => Number(at)));
      expect([english, [...used].sort()]).toEqual([english, [...Array(places).keys()]]);
    }
  });

  it('says du, as the page does', () => {
    expect(Object.values(de).filter((german) => /\p{L}+n Sie\b|\b(Ihnen|Ihre?[mnrs]?)\b/u.test(german))).toEqual([]);
  });

  it('is said in the language of the page, names untouched', () => {
    const english = '“a (1).*.pdf” is not audio or video. It looks like a PDF. Choose the recording itself.';
    expect(said(english)).toBe(english);
    chooseLanguage('de');
    expect(said(english)).toBe(
      '„a (1).*.pdf“ ist weder Ton noch Video. Es sieht aus wie ein PDF. Wähle die Aufnahme selbst.',
    );
    expect(said('/tmp/$1/x.txt was not saved: the disk is full.')).toBe(
      '/tmp/$1/x.txt wurde nicht gespeichert: Die Platte ist voll.',
    );
    // A title that reads like a part of a sentence, and one like a sentence.
    expect(said('“subtitles” is in the library already as “It is empty at noon.”.')).toBe(
      '„subtitles“ ist schon als „It is empty at noon.“ in der Bibliothek.',
    );
    expect(said('Something that nobody translated.')).toBe('Something that nobody translated.');
  });

  it('is said whole in German where the program puts it together', () => {
    chooseLanguage('de');
    const down = 'The memory of the graphics card ran out at 1:02:03. The job goes on with the processor.';
    expect(said(down)).toBe(
      'Bei 1:02:03 reichte der Speicher der Grafikkarte nicht mehr. Der Auftrag läuft auf dem Prozessor weiter.',
    );
    expect(said('The part of this program for H200 does not start. The job goes on with the smaller model “base-q5_1”.')).toBe(
      'Der Teil dieses Programms für H200 startet nicht. Der Auftrag läuft mit dem kleineren Modell „base-q5_1“ weiter.',
    );
    expect(said('Speakers could not be told apart. No voice was clear enough. The text is complete.')).toBe(
      'Die Sprecher ließen sich nicht unterscheiden. Keine Stimme war deutlich genug. Der Text ist vollständig.',
    );
    expect(said('“base” could not be fetched: the server fell silent. 12 MB are kept; the next try goes on from there.')).toBe(
      '„base“ ließ sich nicht laden: Der Server antwortete nicht mehr. 12 MB sind erhalten; der nächste Versuch macht dort weiter.',
    );
    expect(said('There is no model “bas”. Did you mean “base”? See the names with: securetranscribe models list')).toBe(
      'Es gibt kein Modell „bas“. Meintest du „base“? Die Namen zeigt: securetranscribe models list',
    );
    expect(said('/a/b.srt cannot be read: permission is missing.')).toBe('/a/b.srt ließ sich nicht lesen: Das Recht dazu fehlt.');
  });
});
