/** The gauge in the real window, with cards played by a library that stands in for NVIDIA's. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ROOT, Window, lacking, until } from './driver.js';

const skip = lacking() ?? false;
const folder = mkdtempSync(join(tmpdir(), 'st-gauge-'));
const state = join(folder, 'state');
const library = join(folder, 'libfake.so');
after(() => rmSync(folder, { recursive: true, force: true }));

/** Plays this from now on; never half written when it is read. */
function play(...lines) {
  writeFileSync(`${state}.new`, lines.join('\n'));
  renameSync(`${state}.new`, state);
}

const card = (used, code = 0) => `card ${code}|NVIDIA GeForce RTX 4070|00000000:01:00.0|12000000000|${used}|41|55|88000|8|9`;

test('a card is shown with its memory, which rises, and said to be lost when it is', { skip }, async () => {
  const source = join(ROOT, 'crates', 'st-engine', 'tests', 'support', 'fake_nvml.c');
  const built = spawnSync('cc', ['-shared', '-fPIC', `-DSTATE="${state}"`, '-o', library, source], { encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  play('init 0', 'driver 550.54.14', card(3_000_000_000));
  const env = { SECURETRANSCRIBE_MODELS_DIR: join(ROOT, 'models'), SECURETRANSCRIBE_NVML: library };
  const window = await Window.open({ env });
  try {
    await window.shows('others 3.0 GB', 60);
    await window.run('document.querySelector(".gauge button").click()');
    await window.shows('NVIDIA GeForce RTX 4070');
    await window.shows('41 % busy');
    await window.shows('55 °C');
    await window.shows('Driver 550.54.14');
    play('init 0', 'driver 550.54.14', card(9_000_000_000));
    await until('the memory to rise', async () => (await window.text()).includes('others 9.0 GB'), 60);
    await window.picture('gauge-1-card');
    play('init 0', 'driver 550.54.14', card(9_000_000_000, 15));
    await window.shows('The graphics card does not answer any more.', 60);
    await window.picture('gauge-2-lost');
  } finally {
    await window.close();
  }
});
