/** All words of the page come from en.json through `t`; a key that is not there is a type error. */
import en from './en.json';

type Leaves<T, P extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${P}${K}` : Leaves<T[K], `${P}${K}.`>;
}[keyof T & string];

/** Keys without the plural ending: `speakers` stands for `speakers_one` and `speakers_other`. */
type Base<K extends string> = K extends `${infer B}_one` | `${infer B}_other` ? B : K;
export type Key = Base<Leaves<typeof en>>;

const plurals = new Intl.PluralRules('en');
const flat = new Map<string, string>();
(function collect(node: object, prefix: string) {
  for (const [key, value] of Object.entries(node)) {
    if (typeof value === 'string') flat.set(prefix + key, value);
    else collect(value as object, `${prefix}${key}.`);
  }
})(en, '');

/** The text of a key with `{name}` filled in; `count` chooses between the singular and the plural. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const plural = typeof values.count === 'number' ? flat.get(`${key}_${plurals.select(values.count)}`) : undefined;
  const text = plural ?? flat.get(key) ?? flat.get(`${key}_other`) ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
