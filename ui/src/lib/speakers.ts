/** Colour, badge shape and initials of a speaker. Colour is never the only cue. */

/** The colours of the design; from the thirteenth speaker on they repeat and the badge carries the number. */
export const SPEAKER_COLOURS = 12;

const SHAPES = ['disc', 'square', 'arch', 'leaf', 'bowl', 'drop'] as const;
export type Shape = (typeof SHAPES)[number];

/** How the speaker at a place (from 0, in the order of first speech) looks. */
export function look(place: number): { colour: string; shape: Shape; outline: boolean } {
  const n = place % SPEAKER_COLOURS;
  return {
    colour: `var(--s${n + 1})`,
    shape: SHAPES[n % SHAPES.length] ?? 'disc',
    outline: n >= SHAPES.length,
  };
}

/** Two signs that stand for a name: `LB`, and `S4` for “Speaker 4”. */
export function initials(name: string, place: number): string {
  if (place >= SPEAKER_COLOURS) return String(place + 1);
  const words = name.trim().split(/\s+/u);
  const first = [...(words[0] ?? '')][0] ?? '';
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
  return (first + last).toLocaleUpperCase();
}
