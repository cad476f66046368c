/** Heights of many rows and where each begins: changes and look-ups take logarithmic time (a Fenwick tree). */

export class Heights {
  readonly length: number;
  #heights: Float64Array;
  #tree: Float64Array;

  constructor(heights: ArrayLike<number>) {
    this.length = heights.length;
    this.#heights = Float64Array.from(heights);
    this.#tree = new Float64Array(this.length + 1);
    for (let i = 1; i <= this.length; i++) {
      this.#tree[i]! += this.#heights[i - 1]!;
      const parent = i + (i & -i);
      if (parent <= this.length) this.#tree[parent]! += this.#tree[i]!;
    }
  }

  get total(): number {
    return this.top(this.length);
  }

  /** Height of a row. */
  at(index: number): number {
    return this.#heights[index] ?? 0;
  }

  /** Gives a row its height and says by how much it differs from the one before. */
  set(index: number, height: number): number {
    const change = height - this.at(index);
    if (change === 0 || index < 0 || index >= this.length) return 0;
    this.#heights[index] = height;
    for (let i = index + 1; i <= this.length; i += i & -i) this.#tree[i]! += change;
    return change;
  }

  /** Where a row begins: the sum of the heights above it. */
  top(index: number): number {
    let sum = 0;
    for (let i = Math.min(index, this.length); i > 0; i -= i & -i) sum += this.#tree[i]!;
    return sum;
  }

  /** The row that lies at a place; the last one below the end. */
  indexAt(place: number): number {
    let index = 0;
    let left = place;
    for (let step = 1 << (31 - Math.clz32(Math.max(1, this.length))); step > 0; step >>= 1) {
      const next = index + step;
      if (next <= this.length && this.#tree[next]! <= left) {
        index = next;
        left -= this.#tree[next]!;
      }
    }
    return Math.max(0, Math.min(index, this.length - 1));
  }
}

/** Rows from `first` up to, not including, `last`. */
export interface Range {
  first: number;
  last: number;
}

/** The rows that a view shows, with `around` px above and below it. */
export function visible(heights: Heights, scrollTop: number, viewport: number, around: number): Range {
  if (heights.length === 0) return { first: 0, last: 0 };
  const first = heights.indexAt(Math.max(0, scrollTop - around));
  return { first, last: heights.indexAt(scrollTop + viewport + around) + 1 };
}
