/** Finding and replacing in the open transcript. */
import { getContext, setContext } from 'svelte';
import type { Backend, FindQuery, Found, Notice } from '../../backend';
import { findIn } from '../../lib/find';
import type { DocumentState } from '../document.svelte';
import { asNotice } from '../notices.svelte';
import { byUtterance, previews, replaceEdit } from './replace';

/** Keys come faster than this. */
const PAUSE_MS = 120;

export class FindState {
  open = $state(false);
  replacing = $state(false);
  text = $state('');
  replacement = $state('');
  matchCase = $state(false);
  wholeWord = $state(false);
  pattern = $state(false);
  hits = $state.raw<Found[]>([]);
  /** Index of the hit that the person is at, -1 for none. */
  current = $state(-1);
  problem = $state.raw<Notice | null>(null);
  searching = $state(false);
  /** Grows when the field wants the focus. */
  wanted = $state(0);

  readonly hit = $derived(this.hits[this.current] ?? null);
  readonly byUtterance = $derived(byUtterance(this.hits));
  readonly previews = $derived(this.replacing ? previews((id) => this.#doc.utterance(id), this.hits) : []);

  #doc: DocumentState;
  #backend: Backend;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #stale = false;

  constructor(doc: DocumentState, backend: Backend) {
    this.#doc = doc;
    this.#backend = backend;
  }

  /** Opens the bar, with a text to look for if one is selected. */
  show(replacing: boolean, text = ''): void {
    if (text !== '') this.text = text;
    this.replacing = replacing || (this.open && this.replacing);
    this.open = true;
    this.wanted += 1;
  }

  /** Closes the bar; says whether it was open. */
  close(): boolean {
    const was = this.open;
    this.open = false;
    this.hits = [];
    this.current = -1;
    this.problem = null;
    return was;
  }

  /** Looks again a moment after the last change. */
  soon(): void {
    clearTimeout(this.#timer);
    this.#stale = true;
    this.#timer = setTimeout(() => void this.search(), PAUSE_MS);
  }

  async search(): Promise<void> {
    const asked = (this.#asked += 1);
    const before = this.hit;
    clearTimeout(this.#timer);
    this.#stale = false;
    this.searching = true;
    try {
      await this.#doc.commit();
      const { hits, problem } = await this.#find();
      if (asked !== this.#asked || !this.open) return;
      this.problem = problem;
      this.hits = hits;
      this.current = this.#near(before);
      const now = hits[this.current];
      if (now && !before) this.#doc.place.reveal({ utterance: now.utterance }, 'sight');
    } catch (refusal) {
      if (asked === this.#asked) this.problem = asNotice(refusal);
    } finally {
      if (asked === this.#asked) this.searching = false;
    }
  }

  /** Goes to the next (1) or the hit before (-1), around the end. */
  go(way: 1 | -1): boolean {
    if (this.hits.length === 0) return false;
    this.current = (Math.max(this.current, way > 0 ? -1 : 0) + way + this.hits.length) % this.hits.length;
    this.reveal();
    return true;
  }

  choose(index: number): void {
    this.current = index;
    this.reveal();
  }

  reveal(): void {
    if (this.hit) this.#doc.place.reveal({ utterance: this.hit.utterance });
  }

  /** Replaces the present hit and goes to the next. */
  async replace(): Promise<void> {
    await this.#sure();
    const hit = this.hit;
    if (!hit) return;
    await this.#replace([hit]);
    await this.search();
    this.reveal();
  }

  /** Replaces all hits in one step; resolves to their number, 0 where it was refused. */
  async replaceAll(): Promise<number> {
    await this.#sure();
    const hits = this.hits;
    const done = await this.#replace(hits);
    await this.search();
    return done ? hits.length : 0;
  }

  /** What the search looks at: a change of it makes the search stale. */
  get query(): FindQuery {
    return {
      text: this.text,
      match_case: this.matchCase,
      whole_word: this.wholeWord,
      pattern: this.pattern,
      replacement: this.replacing ? this.replacement : null,
    };
  }

  /** What is replaced is what the fields say now, not what they said when the hits were found. */
  async #sure(): Promise<void> {
    if (this.#stale || this.searching) await this.search();
  }

  async #replace(hits: readonly Found[]): Promise<boolean> {
    const edit = replaceEdit((id) => this.#doc.utterance(id), hits);
    return edit !== null && (await this.#doc.edit(edit)) !== null;
  }

  async #find(): Promise<{ hits: Found[]; problem: Notice | null }> {
    const document = this.#doc.document;
    if (!document || this.text === '') return { hits: [], problem: null };
    if (document.transcript === null) return findIn(document.utterances, this.query);
    return this.#backend.document.find(document.transcript, this.query);
  }

  /** The hit at or behind the former one, or behind the caret, so that a changed search does not jump. */
  #near(before: Found | null): number {
    if (this.hits.length === 0) return -1;
    const [id, from] = before ? [before.utterance, before.from] : [this.#doc.place.active, this.#doc.place.offset];
    const start = this.#doc.utterance(id)?.start_ms ?? 0;
    const index = this.hits.findIndex((hit) => {
      if (hit.utterance === id) return hit.from >= from;
      return (this.#doc.utterance(hit.utterance)?.start_ms ?? 0) > start;
    });
    return Math.max(0, index);
  }
}

const KEY = Symbol('find');
export const provideFind = (state: FindState): FindState => setContext(KEY, state);
export const useFind = (): FindState => getContext<FindState>(KEY);
