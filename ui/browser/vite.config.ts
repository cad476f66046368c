/** Builds the page as it ships, but on the backend in memory, for the tests in a browser. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  plugins: [svelte({ configFile: here('../svelte.config.js') })],
  clearScreen: false,
  logLevel: 'warn',
  build: {
    target: ['safari15', 'chrome105'],
    // Beside the packages: the app embeds every file of dist.
    outDir: here('../node_modules/.securetranscribe-browser'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
