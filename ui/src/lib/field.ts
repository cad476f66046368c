/** A field that opens in place of a name, a time or a title: Enter keeps, Escape gives up. */

/**
 * Runs `keep` or `giveUp` for the key of an event, and takes the key so that it does nothing else: the button that gets
 * the focus back would otherwise be pressed by the same Enter (WebKit), and open the field again.
 */
export function endField(event: KeyboardEvent, keep: () => void, giveUp: () => void): void {
  if (event.isComposing || (event.key !== 'Enter' && event.key !== 'Escape')) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.key === 'Enter') keep();
  else giveUp();
}
