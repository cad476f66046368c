/** Groups of the library: today, yesterday, then months. */
import { t } from '../i18n';

export interface Group<T> {
  title: string;
  items: T[];
}

/** Sorts items, newest first, into groups by the day on which they were added. */
export function groupByDay<T extends { added_at: string }>(items: T[], now: number): Group<T>[] {
  const startOfDay = new Date(now).setHours(0, 0, 0, 0);
  // Going back by the calendar and not by 24 hours: days on which clocks change are longer or shorter.
  const yesterday = new Date(startOfDay);
  yesterday.setDate(yesterday.getDate() - 1);
  const groups: Group<T>[] = [];
  for (const item of [...items].sort((a, b) => when(b) - when(a))) {
    const title = titleOf(when(item), startOfDay, yesterday.getTime());
    const last = groups.at(-1);
    if (last?.title === title) last.items.push(item);
    else groups.push({ title, items: [item] });
  }
  return groups;
}

const when = (item: { added_at: string }): number => Date.parse(item.added_at);

function titleOf(added: number, today: number, yesterday: number): string {
  if (added >= today) return t('library.today');
  if (added >= yesterday) return t('library.yesterday');
  const [date, now] = [new Date(added), new Date(today)];
  const month = date.toLocaleDateString(undefined, { month: 'long' });
  if (date.getFullYear() !== now.getFullYear()) {
    return date.toLocaleDateString(undefined, { month: 'long', year: 'numeric' });
  }
  return date.getMonth() === now.getMonth() ? t('library.earlier_this_month', { month }) : month;
}
