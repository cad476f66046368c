/** Where the person is in a transcript: the caret, selected utterances, and where the view is wanted. */

/** Where the caret is wanted in an utterance: a place of the text, or the column `x` of its first or last line. */
export type Caret = number | 'end' | { x: number; line: 'first' | 'last' };

export interface FocusWish {
  utterance: number;
  caret: Caret;
}

/** A place that the view is wanted at, in the reader's eye or only somewhere in sight. */
export interface RevealWish {
  target: { utterance: number } | { at_ms: number };
  how: 'sight' | 'eye';
}

export class Place {
  /** The utterance that has the caret. */
  active = $state<number | null>(null);
  /** Where the caret is in it; no need to paint anything when it moves. */
  offset = 0;
  selected = $state.raw<ReadonlySet<number>>(new Set());
  focusWish = $state.raw<FocusWish | null>(null);
  revealWish = $state.raw<RevealWish | null>(null);
  /** Start of the speech without words whose field wants the focus. */
  gapWish = $state<number | null>(null);
  #anchor: number | null = null;

  /** Puts the caret somewhere and the utterance in sight. */
  focus(utterance: number, caret: Caret = 0): void {
    this.revealWish = { target: { utterance }, how: 'sight' };
    this.focusWish = { utterance, caret };
  }

  reveal(target: RevealWish['target'], how: RevealWish['how'] = 'eye'): void {
    this.revealWish = { target, how };
  }

  /** Puts an utterance into the selection or takes it out. */
  toggle(utterance: number): void {
    const next = new Set(this.selected);
    if (!next.delete(utterance)) next.add(utterance);
    this.#anchor = utterance;
    this.selected = next;
  }

  /** Selects from the utterance that was touched last to this one; `order` is that of the document. */
  extend(utterance: number, order: readonly number[]): void {
    const from = order.indexOf(this.#anchor ?? this.active ?? utterance);
    const to = order.indexOf(utterance);
    if (from < 0 || to < 0) return this.toggle(utterance);
    const range = order.slice(Math.min(from, to), Math.max(from, to) + 1);
    this.selected = new Set([...this.selected, ...range]);
  }

  select(utterances: Iterable<number>): void {
    this.selected = new Set(utterances);
  }

  /** Drops the selection; says whether there was one. */
  drop(): boolean {
    const any = this.selected.size > 0;
    this.selected = new Set();
    this.#anchor = null;
    return any;
  }

  /** Forgets what is about another document. */
  reset(): void {
    this.active = null;
    this.focusWish = null;
    this.gapWish = null;
    this.drop();
  }
}
