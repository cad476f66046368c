/** All words of the page come from here: English is the measure of all keys, other languages say the same. */
export {
  chooseLanguage,
  formatDate,
  formatNumber,
  LANGUAGES,
  language,
  t,
  type InterfaceLanguage,
  type Key,
  type Values,
} from './language.svelte';
export { said } from './program';
