/** What one can go to or do, by what is typed. */
import type { Recording } from '../../backend';
import { t } from '../../i18n';
import type { Command } from '../../state/keys.svelte';

export type Target = { kind: 'recording'; name: string; recording: Recording } | { kind: 'command'; name: string; command: Command };

/** More than these nobody reads. */
const MOST = 12;

/** How well a name fits: 0 where it begins so, 1 where a word of it does, 2 where it holds the letters; null for not at all. */
function fit(name: string, wanted: string): number | null {
  const [there, asked] = [name.toLocaleLowerCase(), wanted.toLocaleLowerCase()];
  if (there.startsWith(asked)) return 0;
  const at = there.indexOf(asked);
  if (at < 0) return null;
  return /[\p{L}\p{N}]/u.test(there[at - 1] ?? '') ? 2 : 1;
}

/** Recordings and commands that fit, best first; without a word the newest recordings. */
export function targets(query: string, recordings: readonly Recording[], commands: readonly Command[]): Target[] {
  const wanted = query.trim();
  const all: Target[] = [
    ...recordings.map((recording): Target => ({ kind: 'recording', name: recording.title, recording })),
    ...(wanted === '' ? [] : commands.map((command): Target => ({ kind: 'command', name: t(command.label), command }))),
  ];
  return all
    .map((target, place) => ({ target, place, fit: fit(target.name, wanted) }))
    .filter((found) => found.fit !== null)
    .sort((a, b) => (a.fit ?? 0) - (b.fit ?? 0) || a.place - b.place)
    .slice(0, MOST)
    .map((found) => found.target);
}
