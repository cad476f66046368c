/** What is said of a card, in the words of the page. */
import type { Card } from '../../backend';
import { t } from '../../i18n';
import { size } from '../../lib/time';
import { others, used } from '../../state/gauge.svelte';

/** From this part on a memory counts as full. */
export const FULL = 0.9;

/** Parts of the bar: what is this program's, what is not. */
export const parts = (card: Card): { ours: number; others: number } => ({
  ours: (card.memory_ours ?? 0) / card.memory_total,
  others: others(card) / card.memory_total,
});

/** Who takes how much of it. */
export function split(card: Card): string {
  const free = size(card.memory_free);
  if (card.memory_ours === null) return t('gauge.unsplit', { used: size(used(card)), free });
  return t('gauge.split', { ours: size(card.memory_ours), others: size(others(card)), free });
}

/** What does not change: driver, what it can, whose memory it has. */
export function lasting(card: Card): string[] {
  const facts = [];
  if (card.memory_total > 0) facts.push(t('gauge.total', { size: size(card.memory_total) }));
  if (card.driver !== '') facts.push(t('gauge.driver', { version: card.driver }));
  if (card.capability) facts.push(t('gauge.capability', { version: card.capability.join('.') }));
  return facts;
}
