/** The real window: what it shows at first, and a recording on its way to a transcript. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { press, saveAs } from './desktop.js';
import { ROOT, Window, lacking, until } from './driver.js';

const skip = lacking() ?? false;
const fixture = (name) => join(ROOT, 'tests', 'fixtures', name);
const MODELS = { SECURETRANSCRIBE_MODELS_DIR: join(ROOT, 'models') };
/** Transcribing a fixture on the busiest machine takes no longer than this many seconds. */
const LONG = 900;

const folder = mkdtempSync(join(tmpdir(), 'st-window-files-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A data folder whose jobs take the small model: these tests look at the window, not at the words. */
function quick(name) {
  const data = join(folder, name);
  mkdirSync(data);
  writeFileSync(join(data, 'settings.json'), JSON.stringify({ job: { model: 'tiny.en', language: 'en', fast: true } }));
  return data;
}

test('the first screen invites to drop and says what is ready', { skip }, async () => {
  const window = await Window.open({ env: MODELS });
  try {
    await window.shows('Drop recordings here');
    await window.shows('Offline · 0 bytes sent');
    await window.shows('will do the work');
    const text = await window.text();
    assert.match(text, /Your recordings\s+will be listed here/);
    assert.match(text, /Speech to text: Base/);
    assert.match(text, /Nothing leaves this computer/);
    assert.equal(await window.run('return document.querySelectorAll("[role=alert] .notice").length'), 0);
    await window.picture('1-first-run');

    // Nothing from outside may run or load in the page.
    const blocked = await window.run(
      'try { (0, eval)("1"); return "ran" } catch (e) { return e.name }',
    );
    assert.equal(blocked, 'EvalError');
    const fetched = await window.run('return fetch("http://127.0.0.1:9/").then(() => "went", (e) => e.name)');
    assert.notEqual(fetched, 'went');
    assert.ok(await window.run('return document.fonts.check("13px InterVariable")'));
  } finally {
    await window.close();
  }
});

test('a file that was copied in the file manager is pasted', { skip }, async () => {
  const recording = join(folder, 'copied ü talk.flac');
  copyFileSync(fixture('two_speakers.flac'), recording);
  const window = await Window.open({ env: MODELS });
  const script = join(ROOT, 'tests', 'window', 'copy_source.py');
  const environment = { ...process.env, DISPLAY: window.display };
  const source = spawn('/usr/bin/python3', [script, recording], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await window.shows('Drop recordings here');
    await new Promise((done) => source.stdout.once('data', done));
    await press(window, 'ctrl+v');
    await window.shows('copied ü talk');
  } finally {
    source.kill();
    await window.close();
  }
});

test('the library moves to a folder of choice, and the program starts again with it', { skip }, async () => {
  const home = join(folder, 'home');
  const chosen = join(folder, 'larger disk');
  mkdirSync(home);
  mkdirSync(chosen);
  const data = join(home, 'data', 'securetranscribe');
  const place = { SECURETRANSCRIBE_DATA_DIR: '', HOME: home, XDG_DATA_HOME: join(home, 'data') };
  const window = await Window.open({ env: { ...MODELS, ...place } });
  try {
    await window.shows('Drop recordings here');
    for (const name of ['Settings', 'Storage', 'Move it…']) await window.choose(name);
    await saveAs(window, 'Where shall the library lie', `${chosen}/`);
    const settled = () => JSON.parse(readFileSync(join(data, 'place.json'), 'utf8'));
    await until('the move', () => existsSync(join(data, 'place.json')) && settled().data === chosen && settled().left === null, 60);
    assert.ok(existsSync(join(chosen, 'library.sqlite3')) && !existsSync(join(data, 'library.sqlite3')));
  } finally {
    await window.close();
  }
});

test('files given at the start become a transcript that says who said what', { skip }, async () => {
  const recording = join(folder, 'Zwei Stimmen – für später.flac');
  copyFileSync(fixture('two_speakers.flac'), recording);
  const notes = join(folder, 'notes.pdf');
  writeFileSync(notes, '%PDF-1.7\n');
  const window = await Window.open({ args: [recording, notes], dataDir: quick('added'), env: MODELS });
  try {
    await window.shows('Zwei Stimmen – für später');
    await window.shows('notes.pdf');
    await window.shows('PDF');
    await window.shows('%', LONG);
    await window.picture('2-queue');
    await window.shows('2 speakers', LONG);
    await window.click('nav li button');
    await window.shows('Speaker 2');
    await window.shows('lobster');
    await window.click('.notice button');
    const rows = await window.run('return document.querySelectorAll("main [role=listitem][aria-posinset]").length');
    assert.ok(rows >= 2, `${rows} utterances`);
    const colours = await window.run(
      'return [...new Set([...document.querySelectorAll("main .name strong")].map((n) => getComputedStyle(n).color))]',
    );
    assert.equal(colours.length, 2, `names in ${colours}`);
    await window.picture('3-transcript');
  } finally {
    await window.close();
  }
});

test('a job is stopped, stays stopped after a restart, and goes on', { skip }, async () => {
  const dataDir = quick('stopped');
  const recording = fixture('two_speakers.flac');
  let window = await Window.open({ args: [recording], dataDir, env: MODELS });
  try {
    await window.shows('Writing text', LONG);
    await window.click('article button[aria-label^="Stop"]');
    await window.shows('Everything that was finished is kept.');
    await window.picture('stopped');
  } finally {
    await window.close();
  }
  window = await Window.open({ dataDir, env: MODELS });
  try {
    await window.shows('Continue');
    await window.run('[...document.querySelectorAll("article button")].find((b) => b.innerText.includes("Continue")).click()');
    await window.shows('2 speakers', LONG);
  } finally {
    await window.close();
  }
});

test('the window is usable without a mouse and at its smallest size', { skip }, async () => {
  const window = await Window.open({ env: MODELS, size: '760x600' });
  try {
    await window.shows('Drop recordings here');
    const reached = await window.run(`
      const names = [];
      for (const element of document.querySelectorAll('button, a[href], [tabindex="0"]')) {
        element.focus();
        if (document.activeElement === element) names.push(element.innerText || element.getAttribute('aria-label'));
      }
      return names;`);
    assert.ok(reached.every(Boolean) && reached.some((n) => n.includes('Choose files')), `${reached}`);
    const cut = await window.run('return document.documentElement.scrollWidth > innerWidth');
    assert.equal(cut, false);
    await window.picture('narrow');
  } finally {
    await window.close();
  }
});
