/** Style and layering: only src/backend/ knows Tauri, and no feature folder imports another. */
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const noTauri = { group: ['@tauri-apps/*'], message: 'Only src/backend/ talks to Tauri.' };
const noOtherFeature = {
  regex: '^\\.\\./(?!\\.\\./)|/features/',
  message: 'One feature does not import another: move what both need to src/lib or src/state.',
};

export default ts.config(
  { ignores: ['dist/', 'node_modules/'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    rules: {
      'no-undef': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
      // Sets and maps in our state are replaced and never changed: `$state.raw` sees that, and is cheaper.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  {
    files: ['src/**'],
    ignores: ['src/backend/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: [noTauri] }] },
  },
  {
    files: ['src/features/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: [noTauri, noOtherFeature] }] },
  },
);
