/** The text of an utterance in the page: written as nodes, never as HTML, and read back while a person types in it. */
import { pieces, type Mark } from './lines';

/** Writes a text with its marks into an element, in place of what was there. */
export function writeText(element: HTMLElement, text: string, marks: readonly Mark[]): void {
  const nodes: Node[] = [];
  for (const piece of pieces(text, marks)) {
    if (piece.marks.length === 0) {
      if (piece.text !== '') nodes.push(document.createTextNode(piece.text));
      continue;
    }
    const span = document.createElement('span');
    span.className = piece.marks.map((mark) => mark.kind).join(' ');
    const title = piece.marks.find((mark) => mark.title)?.title;
    if (title) span.title = title;
    span.textContent = piece.text;
    nodes.push(span);
  }
  // A line that is empty at the end is only shown where something stands in it.
  if (text.endsWith('\n')) nodes.push(document.createElement('br'));
  element.replaceChildren(...nodes);
}

/** The text that an element holds, also after the web view's own editing. */
export function readText(element: HTMLElement): string {
  let text = '';
  const walk = (node: Node): void => {
    for (const child of node.childNodes) {
      if (child instanceof Text) text += child.data;
      else if (child instanceof HTMLBRElement) text += child === element.lastChild ? '' : '\n';
      else walk(child);
    }
  };
  walk(element);
  return text;
}

/** What is selected within an element, as places of its text; null where the selection is elsewhere. */
export function selectionIn(element: HTMLElement): { from: number; to: number } | null {
  const selection = window.getSelection();
  if (!selection || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  if (!element.contains(range.startContainer) || !element.contains(range.endContainer)) return null;
  const place = (node: Node, offset: number): number => {
    const before = document.createRange();
    before.selectNodeContents(element);
    before.setEnd(node, offset);
    return before.toString().length;
  };
  return { from: place(range.startContainer, range.startOffset), to: place(range.endContainer, range.endOffset) };
}

/** The range of the page that a stretch of an element's text takes. */
export function rangeOf(element: HTMLElement, from: number, to: number): Range {
  const range = document.createRange();
  const [start, end] = [nodeAt(element, from, false), nodeAt(element, to, true)];
  range.setStart(...start);
  range.setEnd(...end);
  return range;
}

/** Puts the caret at a place of an element's text. */
export function putCaret(element: HTMLElement, offset: number): void {
  const range = document.createRange();
  range.setStart(...nodeAt(element, offset, true));
  range.collapse(true);
  const selection = window.getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
}

/** Puts the caret into the first or last line of an element, at a column of the window. */
export function putCaretAtColumn(element: HTMLElement, x: number, line: 'first' | 'last'): void {
  const boxes = rangeOf(element, 0, readText(element).length).getClientRects();
  const box = line === 'first' ? boxes[0] : boxes[boxes.length - 1];
  const found = box && document.caretRangeFromPoint(x, (box.top + box.bottom) / 2);
  if (!found || !element.contains(found.startContainer)) {
    putCaret(element, line === 'first' ? 0 : readText(element).length);
    return;
  }
  const selection = window.getSelection();
  selection?.removeAllRanges();
  selection?.addRange(found);
}

/** Where the caret is in the window; null where the engine cannot tell. */
export function caretBox(element: HTMLElement): DOMRect | null {
  const here = selectionIn(element);
  if (!here) return null;
  const length = readText(element).length;
  if (length === 0) return element.getBoundingClientRect();
  // A collapsed range has no box in some engines: that of a neighbouring sign has the line and the side.
  const after = here.to < length;
  const box = rangeOf(element, after ? here.to : here.to - 1, after ? here.to + 1 : here.to).getClientRects()[0];
  return box ? new DOMRect(after ? box.left : box.right, box.top, 0, box.height) : null;
}

/** Whether the caret is in the first or the last line, so that an arrow leads out of the element. */
export function atEdge(element: HTMLElement, line: 'first' | 'last'): boolean {
  const [caret, boxes] = [caretBox(element), rangeOf(element, 0, readText(element).length).getClientRects()];
  const edge = line === 'first' ? boxes[0] : boxes[boxes.length - 1];
  if (!caret || !edge) return true;
  return line === 'first' ? caret.top < edge.top + edge.height / 2 : caret.bottom > edge.bottom - edge.height / 2;
}

/** The text node at a place; at a border the one before it, if `before` is set. */
function nodeAt(element: HTMLElement, offset: number, before: boolean): [Node, number] {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let left = offset;
  let last: Text | null = null;
  for (let node = walker.nextNode() as Text | null; node; node = walker.nextNode() as Text | null) {
    if (left < node.length || (before && left === node.length)) return [node, left];
    left -= node.length;
    last = node;
  }
  return last ? [last, last.length] : [element, 0];
}
