/** What could not be done, with what can be done about it: shown in place until the person closes it. */
import type { Notice } from '../backend';

export interface Action {
  label: string;
  run: () => unknown;
}

export interface ShownNotice {
  notice: Notice;
  tone: 'bad' | 'warn';
  actions: Action[];
}

export class Notices {
  list = $state.raw<ShownNotice[]>([]);

  /** Shows a notice; the same words are not shown twice. */
  add(notice: Notice, options: { tone?: 'bad' | 'warn'; actions?: Action[] } = {}): void {
    const others = this.list.filter((shown) => !same(shown.notice, notice));
    this.list = [...others, { notice, tone: options.tone ?? 'bad', actions: options.actions ?? [] }];
  }

  /** Closes all of them. */
  clear(): void {
    this.list = [];
  }

  dismiss(shown: ShownNotice): void {
    this.list = this.list.filter((other) => other !== shown);
  }
}

const same = (a: Notice, b: Notice): boolean => a.message === b.message && a.advice === b.advice;

/** What a rejected call says, as a notice. */
export function asNotice(refusal: unknown): Notice {
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  if (typeof refusal === 'object' && refusal !== null && 'message' in refusal) {
    const { message, advice, detail, code } = refusal as Record<string, unknown>;
    return { message: String(message), advice: text(advice), detail: text(detail), code: text(code) };
  }
  return { message: String(refusal), advice: null, detail: null, code: null };
}
