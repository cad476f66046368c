/** Drawing the sound that is recorded: the wave of the last seconds, and the meter. Plain canvas, left to right in every script. */
import { place } from '../../state/levels';

export interface Colours {
  wave: string;
  track: string;
  good: string;
  loud: string;
  over: string;
  line: string;
}

/** The colours of the theme that an element stands in. */
export function colours(element: Element): Colours {
  const style = getComputedStyle(element);
  const of = (name: string) => style.getPropertyValue(name).trim() || '#888';
  return { wave: of('--t2'), track: of('--track'), good: of('--ok'), loud: of('--warn'), over: of('--rec'), line: of('--t1') };
}

/** Above these the meter is amber and red. */
export const LOUD_DB = -12;
export const OVER_DB = -3;
/** Width of a bar of the wave, and from one to the next. */
const BAR = 2;
const STEP = 4;

export interface Size {
  width: number;
  height: number;
}

/** The newest peak stands at the right end; where nothing was recorded yet there is a dotted line. */
export function drawWave(context: CanvasRenderingContext2D, peaks: readonly number[], size: Size, colour: Colours): void {
  const { width, height } = size;
  context.clearRect(0, 0, width, height);
  context.fillStyle = colour.wave;
  const count = Math.ceil(width / STEP);
  for (let i = 0; i < count; i++) {
    const peak = peaks[peaks.length - 1 - i];
    const tall = peak === undefined ? 1 : Math.max(1.5, place(peak) ** 2 * (height - 2));
    context.fillRect(width - BAR - i * STEP, (height - tall) / 2, BAR, tall);
  }
}

/** What the meter shows, in dB; `-Infinity` for nothing. */
export interface Reading {
  level: number;
  peak: number;
  hold: number;
  /** Whether a sample was at full scale a moment ago. */
  clipped: boolean;
}

/** Solid up to the level, pale up to the peak, a line at the highest peak; the end is red where the sound was too loud. */
export function drawMeter(context: CanvasRenderingContext2D, reading: Reading, size: Size, colour: Colours): void {
  const { width, height } = size;
  context.clearRect(0, 0, width, height);
  context.fillStyle = colour.track;
  context.fillRect(0, 0, width, height);
  const stretch = (from: number, to: number, fill: string, alpha: number) => {
    if (place(to) <= place(from)) return;
    context.globalAlpha = alpha;
    context.fillStyle = fill;
    context.fillRect(place(from) * width, 0, (place(to) - place(from)) * width, height);
    context.globalAlpha = 1;
  };
  const zones: [number, number, string][] = [
    [-Infinity, LOUD_DB, colour.good],
    [LOUD_DB, OVER_DB, colour.loud],
    [OVER_DB, 0, colour.over],
  ];
  for (const [from, to, fill] of zones) {
    stretch(from, Math.min(to, reading.level), fill, 1);
    stretch(Math.max(from, reading.level), Math.min(to, reading.peak), fill, 0.4);
  }
  if (Number.isFinite(reading.hold) && place(reading.hold) > 0) {
    context.fillStyle = colour.line;
    context.fillRect(Math.min(width - 2, place(reading.hold) * width - 1), 0, 2, height);
  }
  if (reading.clipped) {
    context.fillStyle = colour.over;
    context.fillRect(width - 8, 0, 8, height);
  }
}
