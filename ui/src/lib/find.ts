/** Finding in the texts that the page holds: for a transcript that is still being written, and for the backend in memory. */
import type { FindQuery, FindResult, Found, Utterance } from '../backend/types';
import { t } from '../i18n';

/** All hits of a query, in the order of the text. */
export function findIn(utterances: readonly Utterance[], query: FindQuery): FindResult {
  if (query.text === '') return { hits: [], problem: null };
  let expression: RegExp;
  try {
    expression = compile(query);
  } catch (error) {
    const detail = error instanceof Error ? error.message : null;
    return { hits: [], problem: { message: t('find.bad_pattern'), advice: detail, detail, code: null } };
  }
  const hits: Found[] = [];
  for (const utterance of utterances) {
    for (const match of utterance.text.matchAll(expression)) {
      if (match[0] === '') continue;
      const replacement = query.replacement === null ? null : expand(query, match);
      hits.push({ utterance: utterance.id, from: match.index, to: match.index + match[0].length, replacement });
    }
  }
  return { hits, problem: null };
}

function compile({ text, pattern, whole_word, match_case }: FindQuery): RegExp {
  const body = pattern ? text : text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  const whole = whole_word ? `(?<![\\p{L}\\p{N}_])(?:${body})(?![\\p{L}\\p{N}_])` : body;
  return new RegExp(whole, match_case ? 'gu' : 'giu');
}

/** The replacement with `$1` filled in, where groups have a meaning. */
function expand(query: FindQuery, match: RegExpExecArray): string {
  const text = query.replacement ?? '';
  if (!query.pattern) return text;
  return text.replace(/\$(\d{1,2}|\$)/g, (_, group: string) => (group === '$' ? '$' : (match[Number(group)] ?? '')));
}
