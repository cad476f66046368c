/** What the parts of the backend in memory share: who listens, what was asked for, what dialogs answer. */
import type { Notice, ProgramEvent } from '../types';

export class Hub {
  /** Every call that changes something, in order: `cancel r1`. */
  calls: string[] = [];
  /** Calls that are refused next, by their name: `save`. */
  refusals = new Map<string, Notice>();
  #handlers = new Set<(event: ProgramEvent) => void>();

  listen(handler: (event: ProgramEvent) => void): () => void {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  /** Tells the page something. */
  emit(event: ProgramEvent): void {
    for (const handler of this.#handlers) handler(event);
  }

  /** Notes a call, and refuses it where a test wants that. */
  called(name: string, ...about: unknown[]): void {
    this.calls.push([name, ...about.map((a) => (typeof a === 'string' ? a : JSON.stringify(a)))].join(' '));
    const refusal = this.refusals.get(name);
    if (refusal) throw refusal;
  }
}

/** A notice with nothing but its words. */
export const notice = (message: string, advice: string | null = null, code: string | null = null): Notice => ({
  message,
  advice,
  detail: null,
  code,
});
