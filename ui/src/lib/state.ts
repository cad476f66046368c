/** What a recording's state is called, and how far it is. */
import type { RecordingState } from '../backend';
import { said, t } from '../i18n';

/** One short line: `Writing text · 43 %`, or why it did not work. */
export function stateText(state: RecordingState): string {
  switch (state.kind) {
    case 'running':
      return t('state.running', { stage: t(`stage.${state.stage}`), percent: Math.floor(state.fraction * 100) });
    case 'failed':
      return said(state.notice.message);
    default:
      return t(`state.${state.kind}`);
  }
}

/** Whether the recording is being worked on or waits for it. */
export const isActive = (state: RecordingState): boolean => state.kind === 'running' || state.kind === 'waiting';

/** Whether a person has to decide something. */
export const needsPerson = (state: RecordingState): boolean =>
  state.kind === 'failed' || state.kind === 'cancelled' || state.kind === 'paused';
