/**
 * The program speaks English; this says its sentences in the language of the page. A sentence is found by its English
 * pattern, in which `{}` stands for a name or a reason, so that also what a job said long ago is read in today's language.
 */
import { language, type InterfaceLanguage } from './language.svelte';
import de from './de/engine.json';

const catalogues: Partial<Record<InterfaceLanguage, Record<string, string>>> = { de };

interface Pattern {
  english: RegExp;
  /** Letters and signs that are fixed: the more, the better a sentence is described by it. */
  fixed: number;
  words: string;
}

const compiled = new Map<InterfaceLanguage, Pattern[]>();

function patterns(of: InterfaceLanguage): Pattern[] {
  const known = compiled.get(of);
  if (known) return known;
  const made = Object.entries(catalogues[of] ?? {}).map(([pattern, words]) => {
    const parts = pattern.split('{}').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return { english: new RegExp(`^${parts.join('(.*?)')}$`, 's'), fixed: pattern.replaceAll('{}', '').length, words };
  });
  made.sort((a, b) => b.fixed - a.fixed);
  compiled.set(of, made);
  return made;
}

/** The same in the language of the page; as it is where the page has no words for it. Reasons inside are said again, too. */
export function said(english: string): string {
  const inner = english.trim();
  if (inner === '') return english;
  for (const { english: pattern, words } of patterns(language())) {
    const found = pattern.exec(inner);
    if (!found) continue;
    const text = words.replace(/\{(\d+)\}/g, (_, at: string) => said(found[Number(at) + 1] ?? ''));
    return english.replace(inner, () => text);
  }
  return english;
}
