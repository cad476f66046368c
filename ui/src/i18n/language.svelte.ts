/** The interface's language, and `t`, which gives the words for a key in it; both can change while the page is open. */
import deEditor from './de/editor.json';
import deFiles from './de/files.json';
import deProgram from './de/program.json';
import deRecording from './de/recording.json';
import enEditor from './en/editor.json';
import enFiles from './en/files.json';
import enProgram from './en/program.json';
import enRecording from './en/recording.json';

const en = { ...enProgram, ...enEditor, ...enFiles, ...enRecording };

type Leaves<T, P extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${P}${K}` : Leaves<T[K], `${P}${K}.`>;
}[keyof T & string];

/** Keys without the plural ending: `speakers` stands for `speakers_one` and `speakers_other`. */
type Base<K extends string> = K extends `${infer B}_one` | `${infer B}_other` ? B : K;
export type Key = Base<Leaves<typeof en>>;
export type Values = Record<string, string | number>;

/** The languages that are complete, in their own names. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type InterfaceLanguage = keyof typeof LANGUAGES;

const texts: Record<InterfaceLanguage, Map<string, string>> = {
  en: flatten(en),
  de: flatten({ ...deProgram, ...deEditor, ...deFiles, ...deRecording }),
};
const plurals: Record<InterfaceLanguage, Intl.PluralRules> = {
  en: new Intl.PluralRules('en'),
  de: new Intl.PluralRules('de'),
};

let current = $state<InterfaceLanguage>('en');

/** The language in use; reading it in a template follows a change. */
export const language = (): InterfaceLanguage => current;

/** Takes a language by its code, or the system's for `system`; English where the page does not speak it. */
export function chooseLanguage(code: string, system: readonly string[] = navigator.languages ?? []): void {
  const wanted = code === 'system' ? system : [code];
  const known = wanted.map((tag) => tag.toLowerCase().split('-')[0] ?? '').find((tag) => tag in LANGUAGES);
  current = (known as InterfaceLanguage | undefined) ?? 'en';
}

/** The text of a key with `{name}` filled in; `count` chooses the plural form. Numbers are written as the language does. */
export function t(key: Key, values: Values = {}): string {
  const words = texts[current];
  const plural = typeof values.count === 'number' ? words.get(`${key}_${plurals[current].select(values.count)}`) : undefined;
  const text = plural ?? words.get(key) ?? words.get(`${key}_other`) ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? formatNumber(value) : value;
  });
}

/** A number as the language writes it: `1,234.5` or `1.234,5`. */
export const formatNumber = (value: number, options?: Intl.NumberFormatOptions): string =>
  new Intl.NumberFormat(current, options).format(value);

/** A date or a time of day as the language writes it. */
export const formatDate = (value: Date | string, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat(current, options).format(typeof value === 'string' ? new Date(value) : value);

function flatten(node: object, prefix = '', into = new Map<string, string>()): Map<string, string> {
  for (const [key, value] of Object.entries(node)) {
    if (typeof value === 'string') into.set(prefix + key, value);
    else flatten(value as object, `${prefix}${key}.`, into);
  }
  return into;
}
