/** Text that a person wrote to words with times, as the engine does it: what stayed the same keeps its time. */
import type { Span, Word } from '../types';

interface Token {
  from: number;
  to: number;
  key: string;
}

const UNSPACED = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]/u;

/** The words of `text`; those of the text before, within `span`, lend their times and confidences. */
export function retext(old: string, words: Word[], text: string, span: Span): Word[] {
  const tokens = tokensOf(text);
  const before = words.map(([from, to]) => key(old.slice(from, to)));
  const pairs = [...unchanged(before, tokens.map((token) => token.key)), [words.length, tokens.length] as const];
  const out: Word[] = [];
  let [nextOld, nextNew] = [0, 0];
  for (const [i, j] of pairs) {
    const start = nextOld < i ? words[nextOld]?.[2] : words[nextOld - 1]?.[3];
    const end = nextOld < i ? words[i - 1]?.[3] : words[i]?.[2];
    out.push(...share(tokens.slice(nextNew, j), start ?? span.start_ms, end ?? span.end_ms));
    const [word, token] = [words[i], tokens[j]];
    if (word && token) {
      const same = old.slice(word[0], word[1]) === text.slice(token.from, token.to);
      out.push([token.from, token.to, word[2], word[3], same ? word[4] : 1]);
    }
    [nextOld, nextNew] = [i + 1, j + 1];
  }
  return out;
}

/** Divides a stretch of time among tokens by their length. */
function share(tokens: Token[], start: number, end: number): Word[] {
  const all = Math.max(1, tokens.reduce((sum, token) => sum + token.to - token.from, 0));
  const length = Math.max(0, end - start);
  let passed = 0;
  return tokens.map((token) => {
    const from = start + Math.floor((length * passed) / all);
    passed += token.to - token.from;
    return [token.from, token.to, from, start + Math.floor((length * passed) / all), 1];
  });
}

/** Words at white space; in scripts without spaces single characters with the punctuation behind them. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const piece of text.matchAll(/\S+/gu)) {
    const parts = UNSPACED.test(piece[0]) ? piece[0].matchAll(/[\p{L}\p{N}]\p{M}*[^\p{L}\p{N}]*|[^\p{L}\p{N}]+/gu) : [piece];
    for (const part of parts) {
      const from = piece.index + (part === piece ? 0 : part.index);
      tokens.push({ from, to: from + part[0].length, key: key(part[0]) });
    }
  }
  return tokens;
}

/** Letters and digits in lower case: what makes two words the same word. */
const key = (text: string): string => text.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase() || text;

/** Pairs of what is the same in both, in order: a longest common subsequence. */
function unchanged(a: string[], b: string[]): [number, number][] {
  const common = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = common[i];
      if (row) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let [i, j] = [0, 0]; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}
