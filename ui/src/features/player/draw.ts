/** The waveform and the overview on a canvas: who speaks when, by colour above and by lane below. */
import type { Speaker, Span, Utterance, Waveform } from '../../backend';
import { initials, SPEAKER_COLOURS } from '../../lib/speakers';
import { utteranceAtTime } from '../../state/document/words';

/** Colours as the canvas needs them. */
export interface Palette {
  speakers: string[];
  none: string;
  silence: string;
  label: string;
  track: string;
}

/** Reads the colours of the theme that is on. */
export function palette(element: HTMLElement): Palette {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return {
    speakers: Array.from({ length: SPEAKER_COLOURS }, (_, i) => colour(`--s${i + 1}`)),
    none: colour('--edge'),
    silence: colour('--edge'),
    label: colour('--t3'),
    track: colour('--track'),
  };
}

/** What both drawings are made of. */
export interface Scene {
  utterances: readonly Utterance[];
  speakers: ReadonlyMap<number, Speaker>;
  palette: Palette;
}

/** Distance from bar to bar and width of a bar, in CSS px. */
const PITCH = 4;
const BAR = 2;
/** Height of the row of times above the waveform. */
export const LABELS = 16;
/** Height of the row of initials. */
const INITIALS = 9;
/** Turns narrower than this have no initials. */
const INITIALS_FROM = 28;
const STEPS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600];
const LABEL_ROOM = 76;

/** Seconds between two times of the scale. */
export const labelStep = (span: Span, width: number): number => {
  const perPx = (span.end_ms - span.start_ms) / 1000 / Math.max(1, width);
  return STEPS_S.find((step) => step >= perPx * LABEL_ROOM) ?? 600;
};

/** Largest amplitude in a stretch, 0 to 1. */
export function peak(waveform: Waveform, from_ms: number, to_ms: number): number {
  const { peaks, per_second } = waveform;
  const first = Math.max(0, Math.floor((from_ms / 1000) * per_second));
  const last = Math.min(peaks.length, Math.max(first + 1, Math.ceil((to_ms / 1000) * per_second)));
  let most = 0;
  for (let i = first; i < last; i++) most = Math.max(most, peaks[i] ?? 0);
  return most / 255;
}

/** The speakers at a time: two where they overlap, none in a pause. */
export function speakersAt(utterances: readonly Utterance[], ms: number): (number | null)[] {
  const index = utteranceAtTime(utterances, ms);
  const found: (number | null)[] = [];
  for (let i = Math.max(0, index - 2); i <= index + 1 && i < utterances.length; i++) {
    const u = utterances[i]!;
    if (u.start_ms <= ms && ms < u.end_ms && !found.includes(u.speaker)) found.push(u.speaker);
  }
  return found.slice(0, 2);
}

/** Draws a stretch of the recording: times, initials and bars. */
export function drawWave(
  context: CanvasRenderingContext2D,
  { utterances, speakers, palette: colours }: Scene,
  waveform: Waveform | null,
  span: Span,
  size: { width: number; height: number },
  clock: (ms: number) => string,
): void {
  const { width, height } = size;
  context.clearRect(0, 0, width, height);
  const length = span.end_ms - span.start_ms;
  const x = (ms: number): number => ((ms - span.start_ms) / length) * width;
  const colourOf = (id: number | null): string => {
    const speaker = id === null ? undefined : speakers.get(id);
    return (speaker && colours.speakers[speaker.colour % SPEAKER_COLOURS]) ?? colours.none;
  };
  context.textBaseline = 'middle';
  context.font = '500 11px InterVariable, sans-serif';
  context.fillStyle = colours.label;
  context.textAlign = 'center';
  const step = labelStep(span, width) * 1000;
  for (let at = Math.ceil(Math.max(0, span.start_ms) / step) * step; at < span.end_ms; at += step) {
    const place = x(at);
    if (place > 24 && place < width - 24) context.fillText(clock(at), place, LABELS / 2);
  }
  const room = height - LABELS - INITIALS;
  const middle = height - room / 2;
  const from = Math.floor((span.start_ms / length) * (width / PITCH));
  // Bars keep their place in the recording while the stretch moves.
  for (let i = from; ; i++) {
    const at = (i * PITCH * length) / width;
    const place = x(at);
    if (place > width || at > (waveform?.duration_ms ?? 0)) break;
    if (place < -PITCH || at < 0) continue;
    const level = waveform ? peak(waveform, at, at + (PITCH * length) / width) : 0;
    const [one, two] = speakersAt(utterances, at + (PITCH * length) / width / 2);
    if (level < 0.03 || (one === undefined && level < 0.08)) {
      context.fillStyle = colours.silence;
      context.fillRect(place, middle - 0.5, BAR, 1);
      continue;
    }
    const half = Math.max(1, Math.sqrt(level) * (room / 2 - 1));
    context.fillStyle = one === undefined ? colours.none : colourOf(one);
    bar(context, place, middle - half, two === undefined ? half * 2 : half);
    if (two === undefined) continue;
    context.fillStyle = colourOf(two);
    bar(context, place, middle, half);
  }
  drawInitials(context, utterances, speakers, colourOf, span, x);
}

/** One bar; its ends are round where the web view can. */
function bar(context: CanvasRenderingContext2D, x: number, y: number, height: number): void {
  context.beginPath();
  if ('roundRect' in context) context.roundRect(x, y, BAR, height, 1);
  else (context as CanvasRenderingContext2D).rect(x, y, BAR, height);
  context.fill();
}

/** Initials where a speaker begins, so that colour is not the only sign. */
function drawInitials(
  context: CanvasRenderingContext2D,
  utterances: readonly Utterance[],
  speakers: ReadonlyMap<number, Speaker>,
  colourOf: (id: number | null) => string,
  span: Span,
  x: (ms: number) => number,
): void {
  context.font = '600 9px InterVariable, sans-serif';
  context.textAlign = 'left';
  let before: number | null | undefined;
  for (let i = Math.max(0, utteranceAtTime(utterances, span.start_ms)); i < utterances.length; i++) {
    const u = utterances[i]!;
    if (u.start_ms > span.end_ms) break;
    const speaker = u.speaker === null ? undefined : speakers.get(u.speaker);
    const wide = x(u.end_ms) - x(u.start_ms) > INITIALS_FROM;
    if (speaker && wide && u.speaker !== before && u.end_ms > span.start_ms) {
      context.fillStyle = colourOf(u.speaker);
      context.fillText(initials(speaker.name, speaker.id), Math.max(2, x(u.start_ms)), LABELS + 4);
    }
    before = u.speaker;
  }
}

/** Draws the whole recording: a lane for each speaker. */
export function drawOverview(
  context: CanvasRenderingContext2D,
  { utterances, speakers, palette: colours }: Scene,
  duration_ms: number,
  size: { width: number; height: number },
): void {
  const { width, height } = size;
  context.clearRect(0, 0, width, height);
  if (duration_ms <= 0) return;
  const lanes = new Map([...speakers.keys()].map((id, lane) => [id, lane]));
  const pitch = (height - 4) / Math.max(3, lanes.size);
  const thick = Math.max(1, Math.min(3, pitch - 1));
  for (const { speaker, start_ms, end_ms } of utterances) {
    const lane = speaker === null ? 0 : (lanes.get(speaker) ?? 0);
    const colour = speaker === null ? undefined : speakers.get(speaker)?.colour;
    context.fillStyle = (colour === undefined ? undefined : colours.speakers[colour % SPEAKER_COLOURS]) ?? colours.none;
    const left = (start_ms / duration_ms) * width;
    context.fillRect(left, 2 + lane * pitch + (pitch - thick) / 2, Math.max(1, ((end_ms - start_ms) / duration_ms) * width), thick);
  }
}
