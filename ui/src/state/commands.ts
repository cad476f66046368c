/** The commands of the program as a whole, with their usual keys. */
import type { AppState } from './app.svelte';
import type { Exporter } from './export.svelte';
import type { Command } from './keys.svelte';
import type { Layout } from './layout.svelte';

export const SMALLEST_TEXT = 13;
export const LARGEST_TEXT = 22;
export const USUAL_TEXT = 15;

/** Commands that act wherever the focus is. `root` gives the window's element, for walking through its panes. */
export function programCommands(app: AppState, layout: Layout, exporter: Exporter, root: () => HTMLElement): Command[] {
  const transcript = () => app.open?.transcript ?? null;
  const resize = (by: number | null) => {
    const now = app.settings?.preferences.text_size ?? USUAL_TEXT;
    const next = by === null ? USUAL_TEXT : Math.min(LARGEST_TEXT, Math.max(SMALLEST_TEXT, now + by));
    void app.prefer({ text_size: next });
  };
  return [
    { id: 'program.add', label: 'command.add', keys: ['Ctrl+O'], inText: true, run: () => void app.choose() },
    { id: 'program.import', label: 'import.command', keys: [], inText: true, run: () => void app.imports.choose() },
    {
      id: 'record.record',
      label: 'record.command',
      keys: ['Ctrl+R'],
      inText: true,
      run: () => {
        if (app.recorder.active) void app.recorder.stop();
        else if (app.view.kind === 'record') void app.recorder.start();
        else app.show({ kind: 'record' });
      },
    },
    {
      id: 'program.search',
      label: 'command.search',
      keys: ['Ctrl+Shift+F'],
      inText: true,
      run: () => {
        if (app.view.kind === 'settings') app.back();
        if (!layout.sidebar) layout.toggleSidebar();
        app.searchWanted = true;
      },
    },
    {
      id: 'program.palette',
      label: 'command.palette',
      keys: ['Ctrl+K'],
      inText: true,
      run: () => {
        app.palette = true;
      },
    },
    {
      id: 'program.settings',
      label: 'command.settings',
      keys: ['Ctrl+,'],
      inText: true,
      run: () => (app.view.kind === 'settings' ? app.back() : app.show({ kind: 'settings', page: 'general' })),
    },
    { id: 'program.queue', label: 'command.queue', keys: ['Ctrl+W'], inText: true, run: () => app.show({ kind: 'queue' }) },
    { id: 'program.larger', label: 'command.larger', keys: ['Ctrl++', 'Ctrl+='], inText: true, run: () => resize(1) },
    { id: 'program.smaller', label: 'command.smaller', keys: ['Ctrl+-'], inText: true, run: () => resize(-1) },
    { id: 'program.usual', label: 'command.usual', keys: ['Ctrl+0'], inText: true, run: () => resize(null) },
    { id: 'program.sidebar', label: 'command.sidebar', keys: ['Ctrl+B'], inText: true, run: () => layout.toggleSidebar() },
    {
      id: 'program.inspector',
      label: 'command.inspector',
      keys: ['Ctrl+I'],
      inText: true,
      run: () => (app.open ? layout.toggleInspector() : false),
    },
    { id: 'program.pane', label: 'command.pane', keys: ['F6'], inText: true, run: () => walk(root(), 1) },
    { id: 'program.pane_back', label: 'command.pane_back', keys: ['Shift+F6'], inText: true, run: () => walk(root(), -1) },
    {
      id: 'program.keys',
      label: 'command.keys',
      keys: ['F1'],
      inText: true,
      run: () => app.show({ kind: 'settings', page: 'keyboard' }),
    },
    { id: 'program.quit', label: 'command.quit', keys: ['Ctrl+Q'], inText: true, run: () => app.leave() },
    {
      id: 'export.menu',
      label: 'command.export',
      keys: ['Ctrl+E'],
      inText: true,
      run: () => {
        if (transcript() === null) return false;
        exporter.menu = !exporter.menu;
      },
    },
    {
      id: 'export.copy',
      label: 'command.copy',
      keys: ['Ctrl+Shift+C'],
      inText: true,
      run: () => {
        const id = transcript();
        if (id === null) return false;
        void exporter.copy(id);
      },
    },
  ];
}

const FOCUSABLE = 'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea, [contenteditable="true"], [tabindex]';

/** Puts the focus into the next pane of the window. */
function walk(root: HTMLElement, step: 1 | -1): void {
  const panes = [...root.querySelectorAll<HTMLElement>('[data-pane]')];
  const now = panes.findIndex((pane) => pane.contains(document.activeElement));
  for (let i = 1; i <= panes.length; i++) {
    const pane = panes[(now + step * i + panes.length * 2) % panes.length];
    if (pane && focusFirst(pane)) return;
  }
}

/** Puts the focus on the first thing inside that takes it; says whether there is one. */
export function focusFirst(inside: Element | null): boolean {
  const first = [...(inside?.querySelectorAll<HTMLElement>(FOCUSABLE) ?? [])].find((element) => element.tabIndex >= 0);
  first?.focus();
  return first !== undefined;
}
