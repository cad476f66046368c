/** What can be done to recordings of the library: the entries of their menu. */
import type { Recording } from '../../backend';
import { t } from '../../i18n';
import { FileDown, FolderOpen, LocateFixed, Pencil, Refresh, Square, X } from '../../lib/icons';
import type { MenuItem } from '../../lib/Menu.svelte';
import { shown } from '../../lib/combination';
import { isActive } from '../../lib/state';
import type { AppState } from '../../state/app.svelte';
import type { Exporter } from '../../state/export.svelte';

/** The entries for one or several recordings. */
export function actionsFor(
  app: AppState,
  exporter: Exporter,
  recordings: Recording[],
  on: { open: () => void; rename: () => void; remove: () => void },
): (MenuItem | 'line')[] {
  const [one] = recordings;
  if (!one) return [];
  const remove: MenuItem = { label: t('library.remove'), icon: X, hint: shown('Delete'), danger: true, run: on.remove };
  const save: MenuItem = { label: t('library.export'), icon: FileDown, run: () => (exporter.many = recordings) };
  if (!recordings.some((r) => r.transcript !== null)) save.unfit = t('library.no_text');
  if (recordings.length > 1) return [save, 'line', remove];

  const again: MenuItem = { label: t('library.again'), icon: Refresh, run: () => (app.againFor = one.id) };
  const stop: MenuItem = {
    label: t('library.stop'),
    icon: Square,
    run: () => app.guarded(() => app.backend.library.cancel(one.id)),
  };
  const original: MenuItem | null = one.has_sound === false ? null : one.missing
    ? { label: t('library.locate'), icon: LocateFixed, run: () => locate(app, one) }
    : {
        label: t('library.reveal'),
        icon: FolderOpen,
        run: () => app.guarded(() => app.backend.library.reveal(one.id)),
      };
  return [
    { label: t('library.open'), hint: '↵', run: on.open },
    { label: t('library.rename'), icon: Pencil, hint: 'F2', run: on.rename },
    ...(original ? [original] : []),
    save,
    ...(isActive(one.state) ? [stop] : original ? [again] : []),
    'line',
    remove,
  ];
}

/** Asks where the file of a recording is now. */
export function locate(app: AppState, recording: Recording): Promise<void> {
  return app.guarded(async () => {
    const title = t('library.locate_title', { name: recording.file_name });
    if (await app.backend.library.locate(recording.id, title)) await app.refresh();
  });
}
