/** A long list of which only the rows in sight exist. Heights are guessed, then taken from the rows that were seen; the
    row that is being read stays where it is while heights above it change. */
import { tick } from 'svelte';
import type { Attachment } from 'svelte/attachments';
import { Heights, visible, type Range } from './heights';

/** Rows are there this far above and below what is in sight. */
const AROUND = 600;
/** The reading line, as a part of the view's height. */
const EYE = 0.3;
/** How far from the edge a row is put that was out of sight. */
const EDGE = 60;
/** What was brought in sight this short ago is not to be covered by what opens above the text. */
const JUST_MS = 800;

export interface Row {
  key: string;
}

export interface Options<T> {
  /** Height of a row that was never seen, for the present width. */
  guess: (item: T) => number;
  /** Whether a row looks as it did. */
  same: (a: T, b: T) => boolean;
  /** Key of the row that is not to move where it is in sight, as the one with the caret. */
  held: () => string | null;
}

export class VirtualList<T extends Row> {
  items = $state.raw<readonly T[]>([]);
  range = $state.raw<Range>({ first: 0, last: 0 });
  width = $state(0);
  viewport = $state(0);
  /** Where the view is: for what depends on it beside the rows. */
  scrollTop = $state(0);
  #version = $state(0);
  #heights = new Heights([]);
  #index = new Map<string, number>();
  #anchor: { key: string; offset: number } | null = null;
  #scroller: HTMLElement | null = null;
  #options: Options<T>;
  #keys = new WeakMap<Element, string>();
  #rows: ResizeObserver;
  /** The row that was brought in sight last, and when. */
  #shown: { key: string; at: number } | null = null;
  /** Where the view begins in the window. */
  #edge: number | null = null;

  /** Height above the first row that exists, and below the last. */
  readonly before = $derived((this.#version, this.#heights.top(this.range.first)));
  readonly after = $derived((this.#version, Math.max(0, this.#heights.total - this.#heights.top(this.range.last))));
  readonly total = $derived((this.#version, this.#heights.total));

  constructor(options: Options<T>) {
    this.#options = options;
    this.#rows = new ResizeObserver((entries) => this.#measured(entries));
  }

  /** For the element that scrolls. */
  scroller: Attachment<HTMLElement> = (element) => {
    this.#scroller = element;
    const size = new ResizeObserver(() => this.#resized(element));
    size.observe(element);
    this.#resized(element);
    const scrolled = (): void => this.#scrolled(element.scrollTop);
    element.addEventListener('scroll', scrolled, { passive: true });
    return () => {
      size.disconnect();
      element.removeEventListener('scroll', scrolled);
      this.#scroller = null;
    };
  };

  /** For each row. */
  row = (key: string): Attachment<HTMLElement> => (element) => {
    this.#keys.set(element, key);
    this.#rows.observe(element);
    return () => this.#rows.unobserve(element);
  };

  /** Takes rows over; those that look as before keep their heights. */
  update(items: readonly T[]): void {
    const before = this.items;
    const heights = new Float64Array(items.length);
    const index = new Map<string, number>();
    items.forEach((item, i) => {
      index.set(item.key, i);
      const was = this.#index.get(item.key);
      const old = was === undefined ? undefined : before[was];
      const shown = was !== undefined && was >= this.range.first && was < this.range.last;
      const keep = old !== undefined && (shown || this.#options.same(old, item));
      heights[i] = keep && was !== undefined ? this.#heights.at(was) : this.#options.guess(item);
    });
    this.items = items;
    this.#index = index;
    this.#heights = new Heights(heights);
    this.#settle();
  }

  /** Forgets all heights, as when the text's size changed. */
  remeasure(): void {
    this.#heights = new Heights(this.items.map((item) => this.#options.guess(item)));
    this.#settle();
  }

  /** Brings a row in sight, or to the reading line; `within` is a place in the row. */
  reveal(key: string, how: 'sight' | 'eye', within = 0, smooth = false): void {
    const index = this.#index.get(key);
    if (index === undefined || !this.#scroller) return;
    this.#shown = { key, at: performance.now() };
    const top = this.#heights.top(index) + within;
    const bottom = within > 0 ? top + 24 : top + Math.min(this.#heights.at(index), this.viewport - 2 * EDGE);
    const view = this.#scroller.scrollTop;
    let to = top - this.viewport * EYE;
    if (how === 'sight') {
      if (top >= view && bottom <= view + this.viewport) return;
      to = top < view ? top - EDGE : bottom - this.viewport + EDGE;
    }
    this.#go(to, smooth);
    if (!smooth) this.#anchor = { key, offset: this.#heights.top(index) - this.#scroller.scrollTop };
  }

  /** Where a row is within the view, or null where it is out of sight. */
  inSight(key: string, within = 0): boolean {
    const index = this.#index.get(key);
    if (index === undefined) return false;
    const top = this.#heights.top(index) + within;
    return top + 24 > this.scrollTop && top < this.scrollTop + this.viewport;
  }

  /** Where a row begins in the whole list. */
  topOf(key: string): number {
    const index = this.#index.get(key);
    return index === undefined ? 0 : (this.#version, this.#heights.top(index));
  }

  /** Index of a row. */
  indexOf(key: string): number {
    return this.#index.get(key) ?? -1;
  }

  /** Key of the row at the reading line. */
  read(): string | null {
    return this.#anchor?.key ?? null;
  }

  #go(to: number, smooth: boolean): void {
    const scroller = this.#scroller;
    if (!scroller) return;
    const target = Math.max(0, Math.min(to, this.#heights.total - this.viewport));
    if (smooth) scroller.scrollTo({ top: target, behavior: 'smooth' });
    else {
      scroller.scrollTop = target;
      this.#scrolled(scroller.scrollTop);
    }
  }

  #scrolled(top: number): void {
    this.scrollTop = top;
    const held = this.#options.held();
    const key = held !== null && this.inSight(held) ? held : this.#keyAt(top + this.viewport * EYE);
    this.#anchor = key === null ? null : { key, offset: this.#heights.top(this.#index.get(key) ?? 0) - top };
    this.#look(top);
  }

  #keyAt(place: number): string | null {
    return this.items[this.#heights.indexAt(place)]?.key ?? null;
  }

  /** Takes the rows in sight anew. */
  #look(top: number): void {
    const range = visible(this.#heights, top, this.viewport, AROUND);
    if (range.first !== this.range.first || range.last !== this.range.last) this.range = range;
  }

  /** Puts the view where the row being read is again, once the page has taken the new heights over. */
  #settle(): void {
    const anchor = this.#anchor;
    const index = anchor ? this.#index.get(anchor.key) : undefined;
    const top = anchor && index !== undefined ? this.#heights.top(index) - anchor.offset : this.scrollTop;
    this.#look(Math.max(0, top));
    this.#version += 1;
    if (Math.abs(top - this.scrollTop) < 1) return;
    // Still in the same frame: the page is written before the next paint.
    void tick().then(() => {
      if (!this.#scroller) return;
      this.#scroller.scrollTop = top;
      this.scrollTop = this.#scroller.scrollTop;
    });
  }

  #measured(entries: ResizeObserverEntry[]): void {
    let changed = false;
    for (const entry of entries) {
      const key = this.#keys.get(entry.target);
      const index = key === undefined ? undefined : this.#index.get(key);
      const height = entry.borderBoxSize[0]?.blockSize ?? 0;
      if (key === undefined || index === undefined || height === 0 || !entry.target.isConnected) continue;
      changed = this.#heights.set(index, height) !== 0 || changed;
    }
    if (changed) this.#settle();
  }

  #resized(element: HTMLElement): void {
    const [width, height] = [element.clientWidth, element.clientHeight];
    const edge = element.getBoundingClientRect().top;
    const moved = edge - (this.#edge ?? edge);
    this.#edge = edge;
    // What opens or closes above the text does not move the lines that are being read.
    if (moved !== 0) {
      element.scrollTop += moved;
      this.#scrolled(element.scrollTop);
    }
    if (height !== this.viewport) {
      this.viewport = height;
      this.#look(this.scrollTop);
      // Nor does it cover what was just brought in sight.
      if (this.#shown && performance.now() - this.#shown.at < JUST_MS) this.reveal(this.#shown.key, 'sight');
    }
    if (width !== this.width) {
      this.width = width;
      this.remeasure();
    }
  }
}
