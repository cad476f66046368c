/** Which theme is on: the person's choice, else the system's, said to the style sheet by one attribute. */
import type { Preferences } from '../backend';

const dark = (): MediaQueryList => window.matchMedia('(prefers-color-scheme: dark)');

/** Shows a theme and follows the system's where that is wanted, until the returned function is called. */
export function useTheme(theme: Preferences['theme']): () => void {
  const system = dark();
  const show = () => {
    document.documentElement.dataset.theme = theme === 'system' ? (system.matches ? 'dark' : 'light') : theme;
  };
  show();
  system.addEventListener('change', show);
  return () => system.removeEventListener('change', show);
}
