/** Keys of the text: editing, speakers, checking, finding. */
import { t } from '../../i18n';
import type { AppState } from '../../state/app.svelte';
import * as act from '../../state/document/actions';
import { nextDoubt, type Doubt } from '../../state/document/check';
import type { FindState } from '../../state/document/find.svelte';
import type { DocumentState } from '../../state/document.svelte';
import type { Command } from '../../state/keys.svelte';
import type { Layout } from '../../state/layout.svelte';
import { clock } from '../../lib/time';
import type { Menus } from './menus.svelte';

export interface Parts {
  doc: DocumentState;
  find: FindState;
  app: AppState;
  layout: Layout;
  menus: Menus;
  /** What wants a look now. */
  doubts: () => readonly Doubt[];
}

/** The commands of an open transcript. */
export function transcriptCommands(parts: Parts): Command[] {
  const { doc, find, menus } = parts;
  const command = (id: string, label: Command['label'], keys: string[], run: Command['run']): Command => {
    return { id, label, keys, inText: true, run };
  };
  /** For what is about utterances: nothing where there are none. */
  const about = (run: (ids: number[]) => unknown) => () => {
    const ids = doc.editable && !inField() ? act.subjects(doc) : [];
    if (ids.length === 0) return false;
    void run(ids);
    return true;
  };
  const digits = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
  const nth = (n: number): number | undefined => doc.document?.speakers[n - 1]?.id;
  return [
    command('document.undo', 'editing.undo', ['Ctrl+Z'], () => !inField() && (void travel(parts, 'undo'), true)),
    command('document.redo', 'editing.redo', ['Ctrl+Y', 'Ctrl+Shift+Z'], () => !inField() && (void travel(parts, 'redo'), true)),
    command('find.open', 'editing.find', ['Ctrl+F'], () => find.show(false, selectedText())),
    command('find.replace', 'editing.replace', ['Ctrl+H'], () => find.show(doc.editable, selectedText())),
    command('find.next', 'editing.find_next', ['F3'], () => find.open && find.go(1)),
    command('find.back', 'editing.find_back', ['Shift+F3'], () => find.open && find.go(-1)),
    command('transcript.next_doubt', 'editing.next_doubt', ['F8'], () => goToDoubt(parts, false)),
    command('transcript.last_doubt', 'editing.last_doubt', ['Shift+F8'], () => goToDoubt(parts, true)),
    command('transcript.check', 'editing.check', ['Ctrl+Enter'], about((ids) => act.toggleChecked(doc, ids))),
    command('transcript.delete', 'editing.delete', ['Ctrl+D'], about((ids) => menus.remove(ids))),
    ...digits.map((n) => {
      return command(`speaker.${n}`, `editing.speaker_${n}`, [`Ctrl+${n}`], about((ids) => give(parts, ids, nth(n))));
    }),
    ...digits.map((n) => {
      const run = about((ids) => give(parts, ids.flatMap((id) => (ids.length > 1 ? [id] : act.run(doc, id))), nth(n)));
      return command(`speaker.run_${n}`, `editing.speaker_run_${n}`, [`Ctrl+Shift+${n}`], run);
    }),
    command('transcript.menu', 'editing.row_menu', ['Shift+F10', 'ContextMenu'], () => openMenu(parts)),
    command('speaker.name', 'editing.speaker_name', ['Ctrl+Shift+N'], () => nameSpeaker(parts)),
    command('speaker.merge', 'editing.merge', ['Ctrl+M'], () => mergeSpeakers(parts)),
    command('document.close_layers', 'editing.close_layers', ['Escape'], () => {
      return menus.closeAll() || closeFind(parts) || doc.place.drop();
    }),
  ];
}

/** Whether somebody types in a field beside the text, where keys that are about the text have no business. */
const inField = (): boolean => document.activeElement?.matches('input:not([type=checkbox], [type=range]), textarea, select') ?? false;

/** Opens the menu of the utterance that has the caret. */
function openMenu({ doc, menus }: Parts): boolean {
  const row = document.activeElement?.closest<HTMLElement>('[data-utterance]');
  if (!row || !doc.editable) return false;
  menus.more(row.querySelector<HTMLElement>('[data-more]') ?? row, Number(row.dataset.utterance));
  return true;
}

/** Undoes or does again, and shows where. */
export async function travel({ doc, app }: Parts, way: 'undo' | 'redo'): Promise<void> {
  const change = await doc[way]();
  if (!change) return;
  const first = change.put[0];
  if (first) doc.place.reveal({ utterance: first.id }, 'sight');
  app.said = way === 'undo' ? t('transcript.undone') : t('transcript.redone');
}

/** Goes to the next passage that wants a look; says so where there is none. */
export function goToDoubt({ doc, app, doubts }: Parts, back: boolean): void {
  const all = doubts();
  const here = doc.utterance(doc.place.active)?.start_ms ?? doc.doubt?.at_ms ?? 0;
  const next = nextDoubt(all, here, doc.doubt, back);
  doc.doubt = next;
  if (!next) {
    app.said = t('transcript.all_checked');
    return;
  }
  app.said = spoken(doc, next);
  if (next.kind === 'gap') {
    doc.place.active = null;
    doc.place.gapWish = next.at_ms;
    doc.place.reveal({ at_ms: next.at_ms });
  } else {
    doc.place.reveal({ utterance: next.utterance });
    doc.place.focusWish = { utterance: next.utterance, caret: next.kind === 'speaker' ? 0 : next.from };
  }
}

/** What a passage is, for those who listen. */
function spoken(doc: DocumentState, doubt: Doubt): string {
  if (doubt.kind === 'gap') {
    const seconds = Math.round((doubt.gap.end_ms - doubt.gap.start_ms) / 1000);
    return t('transcript.gap', { length: t('transcript.seconds', { count: seconds }) });
  }
  if (doubt.kind === 'speaker') return t('transcript.unnamed', { name: doc.speaker(doubt.speaker)?.name ?? '' });
  if (doubt.kind === 'note') return `${t(`doubts.${doubt.note.kind}`)}: ${doubt.note.text}, ${clock(doubt.at_ms)}`;
  const text = doc.utterance(doubt.utterance)?.text.slice(doubt.from, doubt.to) ?? '';
  return `${t('transcript.words_unsure', { count: doubt.count })}: ${text}, ${clock(doubt.at_ms)}`;
}

async function give({ doc, app }: Parts, ids: number[], speaker: number | undefined): Promise<void> {
  if (speaker === undefined) return;
  await act.assign(doc, ids, speaker);
  app.said = t('transcript.assigned', { name: doc.speaker(speaker)?.name ?? '', count: ids.length });
}

function nameSpeaker({ doc, layout }: Parts): boolean {
  const speaker = doc.utterance(doc.place.active)?.speaker ?? null;
  if (speaker === null || !doc.editable) return false;
  if (!layout.inspector) layout.toggleInspector();
  doc.naming = speaker;
  return true;
}

function mergeSpeakers({ doc, layout }: Parts): boolean {
  if (!doc.editable || doc.speakers.size < 2) return false;
  if (!layout.inspector) layout.toggleInspector();
  doc.merging = true;
  return true;
}

/** Closes the find bar; the caret goes to the hit. */
export function closeFind({ doc, find }: Pick<Parts, 'doc' | 'find'>): boolean {
  const hit = find.hit;
  const closed = find.close();
  if (closed && hit) doc.place.focus(hit.utterance, hit.from);
  return closed;
}

/** What is selected in the text, to be looked for; nothing where it is long. */
function selectedText(): string {
  const text = window.getSelection()?.toString() ?? '';
  return text.length <= 100 && !text.includes('\n') ? text : '';
}
