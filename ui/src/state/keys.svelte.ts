/** Keys of the whole window: parts register commands, one place listens, and the person may change any of them. */
import { getContext, setContext } from 'svelte';
import type { Key } from '../i18n';
import { isMac, matches, parse, shown, type Combination } from '../lib/combination';

export interface Command {
  /** `document.undo`: what preferences call it. */
  id: string;
  label: Key;
  /** Usual combinations such as `Ctrl+Z`, `F8`, `Alt+ArrowLeft`; Ctrl is ⌘ on macOS. The first one is shown. */
  keys: string[];
  /** Whether it acts while somebody types. */
  inText: boolean;
  /** Returns false where there was nothing to do, so that another command or the browser may take the key. */
  run: () => boolean | void;
}

/** A combination that two commands ask for. */
export interface Clash {
  keys: string;
  commands: Command[];
}

export class Keys {
  /** Commands in the order of registration; the newest is asked first. */
  commands = $state.raw<Command[]>([]);
  #seen = $state.raw<ReadonlyMap<string, Command>>(new Map());
  /** Every command that was ever registered, one for each id: what the settings list. */
  readonly known = $derived([...this.#seen.values()]);
  /** What the person changed: id to combination; an empty text takes the key away. */
  #changed: () => Record<string, string>;

  constructor(changed: () => Record<string, string> = () => ({})) {
    this.#changed = changed;
  }

  /** Adds commands until the returned function is called. */
  register(commands: Command[]): () => void {
    this.describe(commands);
    this.commands = [...this.commands, ...commands];
    return () => {
      this.commands = this.commands.filter((c) => !commands.includes(c));
    };
  }

  /** Makes commands known that are not there yet, as those of a transcript while none is open. */
  describe(commands: Command[]): void {
    this.#seen = new Map([...this.#seen, ...commands.map((c) => [c.id, c] as const)]);
  }

  /** The combinations of a command, with the person's changes. */
  keysOf(command: Command): string[] {
    const own = this.#changed()[command.id];
    if (own === undefined) return command.keys;
    return own === '' ? [] : [own];
  }

  /** The first combination of a command as people write it, `Ctrl O` or `⌘O`; empty where it has none. */
  hint(id: string): string {
    const command = this.#seen.get(id);
    const first = command ? this.keysOf(command)[0] : undefined;
    return first === undefined ? '' : shown(first);
  }

  /** Combinations that more than one command has since the person changed one; some share theirs from the start, as Escape. */
  readonly clashes = $derived.by((): Clash[] => {
    const byKeys = new Map<string, Command[]>();
    for (const command of this.known) {
      for (const keys of this.keysOf(command)) {
        const same = byKeys.get(shown(keys)) ?? [];
        if (!same.some((other) => other.id === command.id)) byKeys.set(shown(keys), [...same, command]);
      }
    }
    const changed = this.#changed();
    return [...byKeys]
      .filter(([, commands]) => commands.length > 1 && commands.some((c) => changed[c.id] !== undefined))
      .map(([keys, commands]) => ({ keys, commands }));
  });

  /** Runs a command by its id, as a button does that says the same; false where it is not there or did nothing. */
  run(id: string): boolean {
    const command = this.commands.findLast((c) => c.id === id);
    return command !== undefined && command.run() !== false;
  }

  /** Runs the newest command that a key press belongs to; says whether one took it. */
  press(event: KeyboardEvent): boolean {
    // 229 is what a key is while an input method composes, in engines that do not say so otherwise.
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return false;
    const typing = isText(event.target);
    for (const command of this.commands.toReversed()) {
      if (typing && !command.inText) continue;
      const keys = this.keysOf(command).map(parse);
      if (!keys.some((combination: Combination) => matches(combination, event, isMac()))) continue;
      if (command.run() !== false) {
        event.preventDefault();
        return true;
      }
    }
    return false;
  }
}

/** Whether somebody types there. */
export function isText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'range', 'button'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target.isContentEditable || target.role === 'textbox';
}

const KEY = Symbol('keys');
export const provideKeys = (keys: Keys): Keys => setContext(KEY, keys);
export const useKeys = (): Keys => getContext<Keys>(KEY);
