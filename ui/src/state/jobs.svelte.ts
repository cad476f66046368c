/** Tells about jobs beside what is on screen: aloud, by the window's title and task bar, by the system's notification. */
import type { Recording, RecordingState } from '../backend';
import { said, t } from '../i18n';
import { stateText } from '../lib/state';
import { clock } from '../lib/time';

/** Jobs shorter than this end without a notification: the person is still there. */
const LONG_MS = 60_000;

interface Seen {
  since: number;
  told: string;
  quarter: number;
}

export class Jobs {
  /** What a screen reader says next, politely. */
  said = $state('');
  #seen = new Map<string, Seen>();

  constructor(
    private readonly notify: (title: string, body: string) => unknown,
    private readonly now: () => number = () => Date.now(),
  ) {}

  /** Takes the state that a recording's job has now. */
  heard(recording: Recording, state: RecordingState, focused: boolean): void {
    const seen = this.#seen.get(recording.id);
    if (state.kind === 'running') {
      const quarter = Math.floor(state.fraction * 4);
      const first = seen ?? { since: this.now(), told: '', quarter };
      this.#seen.set(recording.id, { since: first.since, told: state.stage, quarter });
      if (first.told !== state.stage || first.quarter !== quarter) this.#say(recording, stateText(state));
      return;
    }
    this.#seen.delete(recording.id);
    if (!seen || (state.kind !== 'done' && state.kind !== 'failed')) return;
    this.#say(recording, stateText(state));
    if (focused || this.now() - seen.since < LONG_MS) return;
    const body = state.kind === 'failed' ? said(state.notice.message) : t('notify.done', { length: clock(recording.duration_ms ?? 0) });
    this.notify(recording.title, body);
  }

  #say(recording: Recording, text: string): void {
    this.said = `${recording.title}: ${text}`;
  }
}

/** Title of the window and part of the work for the task bar. */
export function activity(recordings: Recording[], open: string | null): { title: string; fraction: number | null } {
  const name = t('app.name');
  const running = recordings.find((r) => r.state.kind === 'running');
  const parts = [open, name].filter((p) => p !== null).join(' – ');
  if (running?.state.kind !== 'running') return { title: parts, fraction: null };
  // Whole per cent: the title changes a hundred times in a job, not at each event.
  const percent = Math.floor(running.state.fraction * 100);
  return { title: t('app.working', { percent, title: open ?? running.title, name }), fraction: percent / 100 };
}
