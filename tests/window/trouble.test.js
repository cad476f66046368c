/** What the real window survives: a worker that dies, edits from two windows, a busy library, a file that is gone. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { press, saveAs, type } from './desktop.js';
import { ROOT, Window, lacking, until } from './driver.js';

const skip = lacking() ?? false;
const env = { SECURETRANSCRIBE_MODELS_DIR: join(ROOT, 'models') };
/** Transcribing the fixture with the small model on the busiest machine takes no longer than this many seconds. */
const LONG = 900;

const folder = mkdtempSync(join(tmpdir(), 'st-trouble-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const dataDir = join(folder, 'data');
mkdirSync(dataDir);
writeFileSync(
  join(dataDir, 'settings.json'),
  JSON.stringify({ job: { model: 'tiny.en', language: 'en', fast: true } }),
);
const recording = join(folder, 'talk.flac');

const first = (window) => window.run('return document.querySelector("main [role=textbox]")?.innerText ?? ""');

/** Processes of the worker that the windows of this test's data folder started, and of nobody else. */
function workers() {
  const all = spawnSync('pgrep', ['-f', 'securetranscribe-worker'], { encoding: 'utf8' }).stdout.trim();
  const ours = (pid) => {
    try {
      // A worker has next to no environment; the program that started it has the folder's name in its own.
      const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      return readFileSync(`/proc/${parent}/environ`, 'utf8').includes(`SECURETRANSCRIBE_DATA_DIR=${dataDir}\0`);
    } catch {
      return false;
    }
  };
  return all.split('\n').filter((pid) => pid && ours(pid)).map(Number);
}

/** Writes until nothing more goes in. */
function fillUp(path) {
  const file = openSync(path, 'w');
  try {
    for (let size = 1 << 20; size >= 1; size = size > 4096 ? size >> 1 : 0) {
      try {
        for (;;) if (writeSync(file, Buffer.alloc(size)) < size) break;
      } catch (error) {
        if (error.code !== 'ENOSPC') throw error;
      }
    }
  } finally {
    closeSync(file);
  }
}

test('a worker that is killed in mid job is replaced and nothing is lost', { skip }, async () => {
  copyFileSync(join(ROOT, 'tests', 'fixtures', 'two_speakers.flac'), recording);
  const window = await Window.open({ args: [recording], dataDir, env });
  try {
    const running = await until('a worker', () => workers().length > 0 && workers(), LONG);
    await until('text being written', async () => /Writing text · \d/.test(await window.text()), LONG);
    for (const pid of running) process.kill(pid, 'SIGKILL');
    await window.shows('2 speakers', LONG);
    await window.click('nav li button');
    await until('the text', async () => (await first(window)).length > 0);
    await window.picture('trouble-1-worker');
  } finally {
    await window.close();
  }
});

test('two windows that edit the same transcript overwrite nothing', { skip }, async () => {
  const one = await Window.open({ dataDir, env });
  const two = await Window.open({ dataDir, env });
  try {
    for (const window of [one, two]) await until('the text', async () => (await first(window)).length > 0, 60);
    await one.click('main [role=textbox]');
    await press(one, 'End');
    await type(one, ' From one.');
    await until('the first edit', async () => (await first(one)).endsWith('From one.'));
    await one.shows('Saved');
    await new Promise((done) => setTimeout(done, 1500));

    await two.click('main [role=textbox]');
    await press(two, 'End');
    await type(two, ' From two.');
    await two.shows('This transcript was changed elsewhere.');
    assert.ok((await first(two)).endsWith('From two.'), 'what was typed is still there');
    await two.picture('trouble-2-conflict');
    await two.choose('Reload');
    await two.shows('From one.');
    await two.shows('From two.');
    await two.picture('trouble-3-both');
  } finally {
    await two.close();
    await one.close();
  }
});

test('a library that another program holds keeps what was typed, and takes it afterwards', { skip }, async () => {
  const window = await Window.open({ dataDir, env });
  // Python's own SQLite holds the library for itself until its standard input ends.
  const script = 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1],isolation_level=None); c.execute("BEGIN EXCLUSIVE"); print("held",flush=True); sys.stdin.read()';
  const holder = spawn('/usr/bin/python3', ['-c', script, join(dataDir, 'library.sqlite3')]);
  try {
    await until('the text', async () => (await first(window)).length > 0, 60);
    await window.click('main [role=textbox]');
    await press(window, 'End');
    await type(window, ' While busy.');
    await window.shows('What you typed is still here.', 60);
    await window.picture('trouble-4-busy');
    assert.ok((await first(window)).endsWith('While busy.'));
    holder.stdin.end();
    await until('the library to be free', () => holder.exitCode !== null);
    await window.choose('Try again');
    await until('the notice to go', async () => !(await window.text()).includes('What you typed is still here.'));
    await window.shows('Saved');
  } finally {
    holder.kill();
    await window.close();
  }
});

test('a full disk is said, and what was typed is kept and saved once there is room', { skip }, async (context) => {
  const small = join(folder, 'small');
  mkdirSync(small);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', small], { encoding: 'utf8' });
  if (mounted.status !== 0) {
    context.skip(`no small disk can be made: ${mounted.error?.message ?? mounted.stderr.trim()}`);
    return;
  }
  try {
    cpSync(dataDir, small, { recursive: true });
    const window = await Window.open({ dataDir: small, env });
    const ballast = join(small, 'ballast');
    try {
      await until('the text', async () => (await first(window)).length > 0, 60);
      fillUp(ballast);
      await window.click('main [role=textbox]');
      await press(window, 'End');
      // Longer than what is left over in the pages of the library's files.
      await type(window, ` ${'No room for this. '.repeat(40)}`);
      await window.shows('The disk is full.', 60);
      await window.picture('trouble-7-full');
      assert.ok((await first(window)).includes('No room for this.'), 'what was typed is still there');
      rmSync(ballast);
      await window.choose('Try again');
      await until('the notice to go', async () => !(await window.text()).includes('The disk is full.'));
      await window.shows('Saved');
    } finally {
      await window.close();
    }
    const again = await Window.open({ dataDir: small, env });
    try {
      await until('the text', async () => (await first(again)).includes('No room for this.'), 60);
    } finally {
      await again.close();
    }
  } finally {
    spawnSync('umount', [small]);
  }
});

test('an export that cannot be written says why and offers another place', { skip }, async () => {
  const window = await Window.open({ dataDir, env });
  try {
    await until('the text', async () => (await first(window)).includes('While busy.'), 60);
    await press(window, 'ctrl+e');
    await window.click('[role=menuitem][data-format=txt]');
    // The one place of Linux that nobody can write a file to, the administrator included.
    await saveAs(window, 'Export as', '/proc/talk.txt');
    await window.shows('Save elsewhere…');
    await window.picture('trouble-5-export');
  } finally {
    await window.close();
  }
});

test('a recording that was moved away is named, and its text stays', { skip }, async () => {
  renameSync(recording, join(folder, 'elsewhere.flac'));
  const window = await Window.open({ dataDir, env });
  try {
    await window.shows('The file was moved');
    await until('the text', async () => (await first(window)).includes('While busy.'), 60);
    await window.picture('trouble-6-moved');
  } finally {
    await window.close();
  }
});
