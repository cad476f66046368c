/**
 * The program speaks English; this says its sentences in the language of the page. A sentence is found by its English
 * pattern, in which `{}` stands for a name or a reason, so that also what a job said long ago is read in today's language.
 */
import { language, type InterfaceLanguage } from './language.svelte';
import de from './de/engine.json';

const catalogues: Partial<Record<InterfaceLanguage, Record<string, string>>> = { de };

interface Pattern {
  english: RegExp;
  /** How many letters and signs are fixed. */
  fixed: number;
  /** Numbers of the places that stand in quotation marks: names and titles, which stay as they are. */
  names: Set<number>;
  words: string;
}

const compiled = new Map<InterfaceLanguage, Pattern[]>();

function patterns(of: InterfaceLanguage): Pattern[] {
  const known = compiled.get(of);
  if (known) return known;
  const made = Object.entries(catalogues[of] ?? {}).map(([pattern, words]) => {
    const parts = pattern.split('{}');
    const escaped = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const quoted = [...parts.keys()].filter((i) => parts[i]!.endsWith('“') && parts[i + 1]?.startsWith('”'));
    return { english: new RegExp(`^${escaped.join('(.*?)')}$`, 's'), fixed: parts.join('').length, names: new Set(quoted), words };
  });
  compiled.set(of, made);
  return made;
}

/** The same in the language of the page; as it is where the page has no words for it. Reasons inside are said, too; names are not. */
export const said = (english: string): string => say(english).text;

/** What is said, and how many of its letters the catalogue explains. */
interface Said {
  text: string;
  known: number;
}

/** Of all patterns that fit, the one that explains most: a time at the end of a sentence takes in a whole next one, too. */
function say(english: string): Said {
  const inner = english.trim();
  let best: Said = { text: inner, known: 0 };
  if (inner === '') return best;
  for (const { english: pattern, fixed, names, words } of patterns(language())) {
    const found = pattern.exec(inner)?.slice(1);
    if (!found) continue;
    const parts = found.map((part, at) => (names.has(at) ? { text: part, known: 0 } : say(part)));
    const known = parts.reduce((sum, part) => sum + part.known, fixed);
    if (known > best.known) best = { text: words.replace(/\{(\d+)\}/g, (_, at: string) => parts[Number(at)]!.text), known };
  }
  // Spaces around stay.
  return { ...best, text: english.replace(inner, () => best.text) };
}
