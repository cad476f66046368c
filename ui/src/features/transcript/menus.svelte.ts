/** The menus of utterances: one is open at a time. */
import { getContext, setContext } from 'svelte';
import { t } from '../../i18n';
import { Bookmark, Check, Clock, Merge, Plus, Users, X } from '../../lib/icons';
import type { MenuItem } from '../../lib/Menu.svelte';
import type { AppState } from '../../state/app.svelte';
import * as act from '../../state/document/actions';
import type { DocumentState } from '../../state/document.svelte';
import type { Keys } from '../../state/keys.svelte';

export interface OpenMenu {
  label: string;
  items: (MenuItem | 'line')[];
  at: HTMLElement;
  align: 'start' | 'end';
}

export class Menus {
  open = $state.raw<OpenMenu | null>(null);
  /** The utterance whose times are being changed, and where. */
  retiming = $state.raw<{ utterance: number; at: HTMLElement } | null>(null);
  #doc: DocumentState;
  #app: AppState;
  #keys: Keys;

  constructor(doc: DocumentState, app: AppState, keys: Keys) {
    this.#doc = doc;
    this.#app = app;
    this.#keys = keys;
  }

  close = (): void => {
    this.open = null;
  };

  /** Closes what is open; says whether anything was. */
  closeAll(): boolean {
    const any = this.open !== null || this.retiming !== null;
    this.open = null;
    this.retiming = null;
    return any;
  }

  /** Who says an utterance, and those selected with it. */
  speaker(at: HTMLElement, utterance: number): void {
    const doc = this.#doc;
    const ids = doc.place.selected.has(utterance) ? act.subjects(doc) : [utterance];
    const now = doc.utterance(utterance)?.speaker ?? null;
    const items: (MenuItem | 'line')[] = (doc.document?.speakers ?? []).map((speaker, i) => ({
      label: speaker.name,
      badge: speaker,
      hint: i < 9 ? this.#keys.hint(`speaker.${i + 1}`) : undefined,
      checked: speaker.id === now,
      run: () => void act.assign(doc, ids, speaker.id),
    }));
    items.push('line', { label: t('transcript.speaker_new'), icon: Plus, run: () => this.#assignNew(ids) });
    if (now !== null) {
      items.push({ label: t('transcript.speaker_none'), icon: X, run: () => void act.assign(doc, ids, null) });
      const name = doc.speaker(now)?.name ?? '';
      const others = (doc.document?.speakers.length ?? 0) > 1;
      if (others) items.push('line', { label: t('transcript.all_of', { name }), icon: Merge, run: () => this.#allOf(at, now, name) });
    }
    this.open = { label: t('transcript.who'), items, at, align: 'start' };
  }

  /** Everything else that can be done with an utterance. */
  more(at: HTMLElement, utterance: number): void {
    const doc = this.#doc;
    const said = doc.utterance(utterance);
    if (!said) return;
    const ids = doc.place.selected.has(utterance) ? act.subjects(doc) : [utterance];
    const hint = (id: string): string => this.#keys.hint(id);
    const checked = ids.every((id) => doc.utterance(id)?.checked);
    const items: (MenuItem | 'line')[] = [
      {
        label: checked ? t('transcript.unmark') : t('transcript.mark'),
        icon: Check,
        hint: hint('transcript.check'),
        run: () => void act.toggleChecked(doc, ids),
      },
      { label: t('transcript.retime'), icon: Clock, run: () => (this.retiming = { utterance, at }) },
      { label: t('transcript.insert'), icon: Plus, run: () => void act.insertAfter(doc, utterance) },
      {
        label: t('transcript.select_speaker'),
        icon: Users,
        run: () => doc.place.select((doc.document?.utterances ?? []).filter((u) => u.speaker === said.speaker).map((u) => u.id)),
      },
      { label: t('transcript.select'), icon: Bookmark, run: () => doc.place.toggle(utterance) },
      'line',
      {
        label: t('transcript.delete', { count: ids.length }),
        icon: X,
        danger: true,
        hint: hint('transcript.delete'),
        run: () => void this.remove(ids),
      },
    ];
    this.open = { label: t('transcript.more'), items, at, align: 'end' };
  }

  /** Deletes utterances and offers to undo it. */
  async remove(ids: number[]): Promise<void> {
    if (ids.length > 0 && (await act.remove(this.#doc, ids))) this.#undoable(t('transcript.deleted', { count: ids.length }));
  }

  #undoable(text: string): void {
    this.#app.toasts.undoable(text, this.#doc);
  }

  async #assignNew(ids: number[]): Promise<void> {
    const speaker = await act.assignNew(this.#doc, ids);
    if (speaker !== null) this.#doc.naming = speaker;
  }

  /** A speaker is really another: all that they say goes there. */
  #allOf(at: HTMLElement, from: number, name: string): void {
    const doc = this.#doc;
    const others = (doc.document?.speakers ?? []).filter((speaker) => speaker.id !== from);
    const items = others.map<MenuItem>((into) => ({
      label: into.name,
      badge: into,
      run: async () => {
        if (await act.merge(doc, [from], into.id)) this.#undoable(t('inspector.merged', { from: name, into: into.name }));
      },
    }));
    this.open = { label: t('transcript.all_of', { name }), items, at, align: 'start' };
  }
}

const KEY = Symbol('menus');
export const provideMenus = (menus: Menus): Menus => setContext(KEY, menus);
export const useMenus = (): Menus => getContext<Menus>(KEY);

