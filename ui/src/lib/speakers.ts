/** Colour, badge shape and initials of a speaker. Colour is never the only cue. */

/** The colours of the design; from the thirteenth speaker on they repeat and the badge carries the number. */
export const SPEAKER_COLOURS = 12;

const SHAPES = ['disc', 'square', 'arch', 'leaf', 'bowl', 'drop'] as const;
export type Shape = (typeof SHAPES)[number];

/** How the colour with an index from 0 looks. */
export function look(colour: number): { colour: string; shape: Shape; outline: boolean } {
  const n = colour % SPEAKER_COLOURS;
  return {
    colour: `var(--s${n + 1})`,
    shape: SHAPES[n % SHAPES.length] ?? 'disc',
    outline: n >= SHAPES.length,
  };
}

/** Two signs that stand for a name: `LB`, and `S4` for “Speaker 4”; the number for the speakers beyond the colours. */
export function initials(name: string, id: number): string {
  if (id >= SPEAKER_COLOURS) return String(id + 1);
  const words = name.trim().split(/\s+/u);
  const first = [...(words[0] ?? '')][0] ?? '';
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
  return (first + last).toLocaleUpperCase();
}
