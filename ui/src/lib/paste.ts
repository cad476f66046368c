/** Files that were copied in the file manager: their paths, out of what is pasted. */

/** Paths of `file://` addresses, or of lines that are absolute paths; nothing where the text is anything else. */
export function pastedPaths(data: DataTransfer | null): string[] {
  const list = data?.getData('text/uri-list') || data?.getData('text/plain') || '';
  const lines = list.split(/\r?\n/).map((line) => line.trim());
  // `x-special/gnome-copied-files` begins with what to do with them; lines with # are comments of a URI list.
  const wanted = lines.filter((line) => line !== '' && !line.startsWith('#') && line !== 'copy' && line !== 'cut');
  const paths = wanted.map(pathOf);
  return paths.every((path) => path !== null) ? paths : [];
}

/** Whether files are pasted whose paths the web view keeps to itself. */
export const holdsFiles = (data: DataTransfer | null): boolean =>
  data !== null && [...data.types].some((type) => type === 'text/uri-list' || type === 'Files');

function pathOf(line: string): string | null {
  if (line.startsWith('file://')) {
    try {
      const path = decodeURIComponent(new URL(line).pathname);
      // `file:///C:/a.wav`
      return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path;
    } catch {
      return null;
    }
  }
  return /^(\/[^/]|[A-Za-z]:[\\/]|\\\\)/.test(line) ? line : null;
}
