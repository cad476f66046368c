/** What a recorder's warning says: what happened, why, and what to do now. */
import type { Component } from 'svelte';
import type { RecorderWarning } from '../../backend';
import { formatNumber, t } from '../../i18n';
import { HardDrive, Info, Mic, MicOff, Triangle, Unplug } from '../../lib/icons';
import { room, timer } from '../../lib/time';

export interface Told {
  icon: Component<Record<string, unknown>>;
  tone: 'warn' | 'bad' | 'calm';
  strong: string;
  text: string;
}

/** `recording`: whether something is recorded meanwhile, which people want to hear first. */
export function told(warning: RecorderWarning, recording: boolean): Told {
  const on = (text: string) => (recording ? `${text} ${t('record.goes_on')}` : text);
  switch (warning.kind) {
    case 'no_signal':
      return {
        icon: MicOff,
        tone: 'warn',
        strong: t('record.no_signal', { count: Math.floor(warning.since_ms / 1000) }),
        text: on(t(warning.cause === 'off' ? 'record.no_signal_off' : 'record.no_signal_unknown')),
      };
    case 'clipping':
      return { icon: Triangle, tone: 'warn', strong: t('record.clipping', { count: warning.count }), text: t('record.clipping_text') };
    case 'device_gone':
      return {
        icon: Unplug,
        tone: 'bad',
        strong: t('record.device_gone', { name: warning.name, time: timer(warning.at_ms) }),
        text: t('record.device_gone_text'),
      };
    case 'device_changed':
      return {
        icon: Mic,
        tone: 'calm',
        strong: t('record.device_changed', { name: warning.name, time: timer(warning.at_ms) }),
        text: t('record.device_changed_text'),
      };
    case 'no_permission':
      return { icon: MicOff, tone: 'bad', strong: t('record.no_permission'), text: t('record.no_permission_text') };
    case 'disk_low':
      return { icon: HardDrive, tone: 'bad', strong: t('record.disk_low', { room: room(warning.left_ms) }), text: t('record.disk_low_text') };
    case 'overrun': {
      const seconds = formatNumber(warning.lost_ms / 1000, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
      return { icon: Triangle, tone: 'bad', strong: t('record.overrun', { seconds }), text: t('record.overrun_text') };
    }
    case 'preview_behind':
      return { icon: Info, tone: 'calm', strong: t('record.preview_behind'), text: t('record.preview_behind_text') };
  }
}

/** Clipping is told aloud at most once in so long. */
export const CLIPPING_SAID_MS = 60_000;

/** Which warnings are said aloud: those that are new, without the figures that change while they stand. */
export class Aloud {
  #standing = new Set<string>();
  #clippingAt = -Infinity;

  /** What is to be said now of the warnings that stand. */
  of(warnings: readonly RecorderWarning[], recording: boolean, now: number): string[] {
    const fresh = warnings.filter((w) => !this.#standing.has(w.kind));
    this.#standing = new Set(warnings.map((w) => w.kind));
    return fresh
      .filter((w) => {
        if (w.kind !== 'clipping') return true;
        if (now - this.#clippingAt < CLIPPING_SAID_MS) return false;
        this.#clippingAt = now;
        return true;
      })
      .map((w) => told(w, recording))
      .map(({ strong, text }) => `${strong} ${text}`);
  }
}
