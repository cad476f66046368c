/** Times and sizes in words and figures. */
import { formatNumber, t } from '../i18n';

/** `1:12:31`, `12:31`: the clock of a recording. */
export function clock(ms: number, withHours = false): string {
  const s = Math.floor(ms / 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  const [hours, minutes, seconds] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60];
  return hours > 0 || withHours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** `00:12:34`: how long something is recorded already. */
export const timer = (ms: number): string => clock(ms, true).padStart(8, '0');

/** `about 61 h`, `about 12 min`: how much more there is room for. */
export function room(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return minutes < 120 ? t('time.room_minutes', { count: minutes }) : t('time.room_hours', { count: Math.floor(minutes / 60) });
}

/** `1 hour 11 minutes 26 seconds`: for those who listen. */
export function spoken(ms: number): string {
  const s = Math.floor(ms / 1000);
  const parts = [];
  if (s >= 3600) parts.push(t('time.spoken_hour', { count: Math.floor(s / 3600) }));
  if (s >= 60) parts.push(t('time.spoken_minute', { count: Math.floor(s / 60) % 60 }));
  parts.push(t('time.spoken_second', { count: s % 60 }));
  return parts.join(' ');
}

/** `about 4 min left`: rounded, since a guess to the second would be a lie. */
export function left(seconds: number): string {
  if (seconds < 60) return t('time.left_short');
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return t('time.left_minutes', { count: minutes });
  return t('time.left_hours', { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** `148 MB`, decimal. */
export function size(bytes: number): string {
  const one = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  if (bytes >= 999_500_000) return t('size.gb', { count: formatNumber(bytes / 1e9, one) });
  if (bytes >= 999_500) return t('size.mb', { count: Math.round(bytes / 1e6) });
  return t('size.kb', { count: Math.ceil(bytes / 1e3) });
}

/** `1:12:31.5`: a time to be changed, with tenths. */
export const exact = (ms: number): string => `${clock(ms)}.${Math.floor((ms % 1000) / 100)}`;

/** Reads `1:12:31`, `72:31`, `4351` and each with a fraction of a second; null for anything else. */
export function readTime(text: string): number | null {
  const found = /^(?:(?:(\d+):)?(\d+):)?(\d+)(?:[.,](\d{1,3}))?$/.exec(text.trim());
  if (!found) return null;
  const [hours = '0', minutes = '0', seconds = '0', fraction = ''] = found.slice(1);
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(fraction.padEnd(3, '0'));
}
