/** Which rows of a long list are drawn: those in view and a little more on each side. */

export interface Row<T> {
  item: T;
  top: number;
  height: number;
}

/** Rows one below the other by their heights. */
export function stack<T>(items: readonly T[], height: (item: T) => number): { rows: Row<T>[]; total: number } {
  let top = 0;
  const rows = items.map((item) => {
    const row = { item, top, height: height(item) };
    top += row.height;
    return row;
  });
  return { rows, total: top };
}

/** Rows that touch the view or lie within `spare` px of it. */
export function visible<T>(rows: readonly Row<T>[], scrolled: number, viewport: number, spare = 600): Row<T>[] {
  const [from, to] = [scrolled - spare, scrolled + viewport + spare];
  // The first row that ends behind `from`, by halving.
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row && row.top + row.height < from) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < rows.length && (rows[end]?.top ?? Infinity) <= to) end++;
  return rows.slice(low, end);
}

/** Where to scroll so that a row is in sight; null where it is. */
export function scrollTo(row: { top: number; height: number }, scrolled: number, viewport: number): number | null {
  if (row.top < scrolled) return row.top;
  return row.top + row.height > scrolled + viewport ? row.top + row.height - viewport : null;
}
