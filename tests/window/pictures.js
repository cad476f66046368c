/**
 * Makes the pictures of docs/pictures/ from the real window on the project's own recording: `cargo xtask pictures`.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { press, type } from './desktop.js';
import { ROOT, Window, lacking, until } from './driver.js';

const missing = lacking();
if (missing) throw new Error(missing);

const folder = mkdtempSync(join(tmpdir(), 'st-pictures-'));
const dataDir = join(folder, 'data');
const pictures = join(ROOT, 'docs', 'pictures');
const env = { SECURETRANSCRIBE_MODELS_DIR: join(ROOT, 'models') };

function settings(theme) {
  const content = { job: { model: 'base', language: 'en' }, preferences: { theme } };
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify(content));
}

async function keep(window, name) {
  copyFileSync(await window.picture(name), join(pictures, `${name}.png`));
}

try {
  mkdirSync(dataDir);
  mkdirSync(pictures, { recursive: true });
  settings('light');
  const recording = join(folder, 'Kitchen talk.flac');
  copyFileSync(join(ROOT, 'tests', 'fixtures', 'two_speakers.flac'), recording);
  let window = await Window.open({ args: [recording], dataDir, env });
  try {
    await window.shows('Writing text', 300);
    await keep(window, 'queue');
    await window.shows('2 speakers', 1200);
    await window.click('nav li button');
    await until('the text', () => window.run('return document.querySelectorAll("main [role=textbox]").length > 3'));
    await window.click('aside li button.name');
    await type(window, 'Lena Brandt');
    await press(window, 'Return');
    await window.shows('Lena Brandt');
    await window.click('main [role=textbox]');
    await keep(window, 'window');
    await press(window, 'ctrl+e');
    await keep(window, 'export');
  } finally {
    await window.close();
  }
  settings('dark');
  window = await Window.open({ dataDir, env });
  try {
    await window.shows('Lena Brandt', 60);
    await press(window, 'ctrl+h');
    await type(window, 'lobster');
    await window.shows('1 of');
    await keep(window, 'find-dark');
  } finally {
    await window.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
