/** How many lines a text takes, without laying it out: advance widths of signs, each measured once on a canvas. */

export class TextMeasure {
  readonly font: string;
  #context: CanvasRenderingContext2D | null;
  #widths = new Float32Array(0x10000).fill(-1);
  #average: number;

  /** `size` is the font's, in px. */
  constructor(font: string, size: number) {
    this.font = font;
    this.#average = size / 2;
    this.#context = document.createElement('canvas').getContext('2d');
    if (this.#context) this.#context.font = font;
  }

  /** Lines of a text that is wrapped at white space to a width, and anywhere in scripts without spaces. */
  lines(text: string, width: number): number {
    let [lines, line, word] = [1, 0, 0];
    const place = (): void => {
      if (line > 0 && line + word > width) {
        lines += 1;
        line = 0;
      }
      // A word that is wider than the line is broken.
      while (word > width) {
        lines += 1;
        word -= width;
      }
      line += word;
      word = 0;
    };
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === 10) {
        place();
        lines += 1;
        line = 0;
      } else if (code === 32) {
        place();
        line += this.#width(code);
      } else {
        word += this.#width(code);
        if (code >= 0x2e80 && code < 0xd7b0) place();
      }
    }
    place();
    return lines;
  }

  #width(code: number): number {
    let width = this.#widths[code]!;
    if (width < 0) {
      width = this.#context?.measureText(String.fromCharCode(code)).width ?? this.#average;
      this.#widths[code] = width;
    }
    return width;
  }
}

/** How a text is set: scripts with tall or dense signs get a larger size and line. */
export type Script = 'plain' | 'arabic' | 'tall';

/** By the first letter; factors of size and line height are in `SCRIPTS`. */
export function scriptOf(text: string): Script {
  const letter = /\p{L}/u.exec(text)?.[0];
  if (letter === undefined) return 'plain';
  if (/[\p{Script=Arabic}]/u.test(letter)) return 'arabic';
  return /[\p{Script=Devanagari}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(letter)
    ? 'tall'
    : 'plain';
}

/** Size and line height of each script as multiples of the text size. */
export const SCRIPTS: Record<Script, { size: number; line: number }> = {
  plain: { size: 1, line: 1.6 },
  arabic: { size: 1.1, line: 28 / 15 },
  tall: { size: 15.5 / 15, line: 26 / 15 },
};
