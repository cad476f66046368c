/** How wide the window is, and which of its columns are open: the sides become sheets over the text when it is narrow. */
import { getContext, setContext } from 'svelte';
import { innerWidth } from 'svelte/reactivity/window';

/** CSS px from which the inspector, and the sidebar, have a column of their own. */
export const WIDE = 1180;
export const MEDIUM = 900;

export type Size = 'wide' | 'medium' | 'narrow';

export class Layout {
  readonly size = $derived.by((): Size => {
    const width = innerWidth.current ?? WIDE;
    return width >= WIDE ? 'wide' : width >= MEDIUM ? 'medium' : 'narrow';
  });
  /** Sheets close when the person goes on; columns stay as they were left. */
  #sidebarColumn = $state(true);
  #inspectorColumn = $state(true);
  #sheet = $state<'sidebar' | 'inspector' | null>(null);

  readonly sidebarIsSheet = $derived(this.size === 'narrow');
  readonly inspectorIsSheet = $derived(this.size !== 'wide');
  readonly sidebar = $derived(this.sidebarIsSheet ? this.#sheet === 'sidebar' : this.#sidebarColumn);
  readonly inspector = $derived(this.inspectorIsSheet ? this.#sheet === 'inspector' : this.#inspectorColumn);
  /** Whether a sheet lies over the text. */
  readonly covered = $derived((this.sidebarIsSheet && this.sidebar) || (this.inspectorIsSheet && this.inspector));

  toggleSidebar(): void {
    if (this.sidebarIsSheet) this.#sheet = this.sidebar ? null : 'sidebar';
    else this.#sidebarColumn = !this.#sidebarColumn;
  }

  toggleInspector(): void {
    if (this.inspectorIsSheet) this.#sheet = this.inspector ? null : 'inspector';
    else this.#inspectorColumn = !this.#inspectorColumn;
  }

  /** Closes whichever sheet is open; says whether one was. */
  closeSheet(): boolean {
    const open = this.covered;
    this.#sheet = null;
    return open;
  }
}

const KEY = Symbol('layout');
export const provideLayout = (layout: Layout): Layout => setContext(KEY, layout);
export const useLayout = (): Layout => getContext<Layout>(KEY);
