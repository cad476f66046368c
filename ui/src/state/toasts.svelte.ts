/** Short messages at the foot of the document: what was done, with at most one thing to do about it. */
import { t } from '../i18n';

export interface Toast {
  text: string;
  /** A file's name, in bold where `{name}` stands in the text. */
  name?: string;
  /** Where the file lies, shown to whoever points at the toast. */
  path?: string;
  action?: { label: string; run: () => unknown };
}

/** How long a toast stays; longer while the pointer or the focus is on it. */
export const TOAST_MS = 8_000;
const MOST = 3;

/** One is shown at a time; the newest wins and the two before it come back when it goes. */
export class Toasts {
  list = $state.raw<Toast[]>([]);
  readonly current = $derived(this.list.at(-1) ?? null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(toast: Toast): void {
    this.list = [...this.list, toast].slice(-MOST);
    this.#start();
  }

  /** Says what was done and offers to undo it. */
  undoable(text: string, doc: { undo(): Promise<unknown> }): void {
    this.show({ text, action: { label: t('transcript.undo'), run: () => void doc.undo() } });
  }

  dismiss(toast: Toast): void {
    this.list = this.list.filter((other) => other !== toast);
    this.#start();
  }

  /** Keeps the present toast until `release`. */
  hold(): void {
    clearTimeout(this.#timer);
  }

  release(): void {
    this.#start();
  }

  #start(): void {
    clearTimeout(this.#timer);
    const toast = this.list.at(-1);
    // Older ones are stale by then: all go together.
    if (toast) this.#timer = setTimeout(() => (this.list = []), TOAST_MS);
  }
}
