/** Builds the window's page into dist/, which the shell embeds. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  clearScreen: false,
  server: { port: 1420, strictPort: true, host: '127.0.0.1' },
  build: {
    // The oldest web views that Tauri 2 runs on: Safari 13 on macOS 10.15 is too old for nesting in CSS, so 15.
    target: ['safari15', 'chrome105'],
    outDir: 'dist',
    emptyOutDir: true,
    // The page's policy allows no data: fonts or scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // Without it Vitest takes Svelte's server build, in which nothing mounts.
  resolve: mode === 'test' ? { conditions: ['browser'] } : {},
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'], globals: false },
}));
