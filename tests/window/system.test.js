/** The real window as the rest of the system knows it: what a screen reader finds in it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { press } from './desktop.js';
import { ROOT, Window, lacking, until } from './driver.js';

const skip = lacking() ?? false;
const MODELS = { SECURETRANSCRIBE_MODELS_DIR: join(ROOT, 'models') };
const RECORDING = join(ROOT, 'tests', 'fixtures', 'two_speakers.flac');
/** Debian's own Python: another one knows nothing of the message bus. */
const PYTHON = '/usr/bin/python3';
/** Transcribing a fixture on the busiest machine takes no longer than this many seconds. */
const LONG = 900;

mkdirSync(join(ROOT, 'tests', 'out'), { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'st-system-files-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Opens the window with a recording to transcribe. The job takes some seconds, in which it can be looked at. */
function open(name) {
  const dataDir = join(folder, name);
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify({ job: { model: 'base', language: 'en' } }));
  return Window.open({ args: [RECORDING], dataDir, env: MODELS });
}

/** What a screen reader finds in the window now, by AT-SPI. */
function aloud(window) {
  const script = join(ROOT, 'tests', 'window', 'aloud.py');
  const asked = spawnSync(PYTHON, [script, 'securetranscribe'], { env: window.environment, encoding: 'utf8', timeout: 300_000 });
  assert.equal(asked.status, 0, asked.stderr);
  return JSON.parse(asked.stdout);
}

/** Roles of what a person works with. Each must have a name. */
const CONTROLS = /button|link|entry|combo box|check box|slider|spin|menu item|page tab|list box|progress bar|level bar/;

test('a screen reader finds every control by name, and the transcript', { skip }, async () => {
  const window = await open('aloud');
  const seen = {};
  const look = (place) => {
    seen[place] = aloud(window);
    writeFileSync(join(ROOT, 'tests', 'out', 'aloud.json'), JSON.stringify(seen, null, 1));
    const controls = seen[place].filter(({ role }) => CONTROLS.test(role));
    assert.ok(controls.length > 5, `${place}: ${controls.length} controls`);
    const nameless = controls.filter(({ role, name }) => !name.trim() && !/separator/.test(role));
    assert.deepEqual(nameless, [], place);
    return (role, name) => assert.ok(controls.some((node) => role.test(node.role) && name.test(node.name)), `${place}: ${name}`);
  };
  try {
    await window.shows('2 speakers', LONG);
    await window.click('nav li button');
    await until('the transcript', () => window.run('return document.querySelectorAll("main [role=textbox]").length > 3'));
    const has = look('transcript');
    has(/button|combo/, /Export/);
    has(/button/, /^Play/);
    has(/entry/, /Speaker [AB1].*second/);
    await press(window, 'ctrl+e');
    await until('the menu', () => window.run('return document.querySelectorAll("[role=menuitem][data-format]").length > 0'));
    look('menu of exports')(/menu item/, /PDF/);
    await press(window, 'Escape');
    await window.choose('Record');
    await window.shows('Ready to record');
    look('recorder');
    await window.choose('Settings');
    await window.shows('Back to transcripts');
    const pages = await window.run('return [...document.querySelectorAll("nav a, nav button")].map((b) => b.innerText.trim()).slice(1)');
    assert.ok(pages.length >= 6, `${pages}`);
    for (const page of pages) {
      await window.choose(page);
      look(page);
    }
  } finally {
    await window.close();
  }
});
