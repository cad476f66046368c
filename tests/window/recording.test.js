/**
 * The real window records: from a microphone that is fed from a file, with a pause and a mark, until the transcript of it
 * is there; and a window that is killed in mid recording loses nothing.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { APP, ROOT, Window, lacking, until } from './driver.js';

const skip = lacking() ?? (process.env.PULSE_SERVER ? false : 'no sound server of our own (PULSE_SERVER)');
const env = { SECURETRANSCRIBE_MODELS_DIR: join(ROOT, 'models') };
/** Transcribing some seconds with the small model on the busiest machine takes no longer than this many seconds. */
const LONG = 900;

const folder = mkdtempSync(join(tmpdir(), 'st-recording-'));
const dataDir = join(folder, 'data');
const speech = join(folder, 'speech.wav');
const modules = [];

function must(program, ...args) {
  const done = spawnSync(program, args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${done.stderr}`);
  return done.stdout.trim();
}

before(() => {
  if (skip) return;
  mkdirSync(dataDir);
  const job = { model: 'tiny.en', language: 'en', fast: true };
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify({ job }));
  must('ffmpeg', '-v', 'error', '-t', '24', '-i', join(ROOT, 'tests', 'fixtures', 'two_speakers.flac'), '-ar', '48000', speech);
  const load = (...args) => modules.push(must('pactl', 'load-module', ...args));
  load('module-null-sink', 'sink_name=st_window_feed', 'rate=48000', 'channels=1');
  load('module-remap-source', 'source_name=st_window_mic', 'master=st_window_feed.monitor');
  must('pactl', 'set-default-source', 'st_window_mic');
});
after(() => {
  for (const module of modules.reverse()) spawnSync('pactl', ['unload-module', module]);
  rmSync(folder, { recursive: true, force: true });
});

/** Speaks into the microphone until its text is over. */
const speak = () =>
  new Promise((done, failed) => {
    const player = spawn('paplay', ['--device=st_window_feed', speech], { stdio: 'ignore' });
    player.once('exit', (code) => (code === 0 ? done() : failed(new Error(`paplay ended with ${code}`))));
  });

/** Opens the recorder and records. */
async function record(window) {
  await window.choose('Record');
  await window.shows('Ready to record');
  await window.run('document.querySelector("[role=group] button.danger").click()');
  await window.shows('Recording');
  await window.shows('Saved to disk up to');
}

test('what is spoken is recorded with a pause and a mark, and becomes a transcript', { skip }, async () => {
  const window = await Window.open({ dataDir, env });
  try {
    await record(window);
    const spoken = speak();
    await until('a level', async () => /−?\d+ dB/.test(await window.text()), 20);
    await window.picture('recording-1-level');
    await window.choose('Mark');
    await until('the mark', () => window.run('return document.querySelectorAll("[aria-labelledby=left], li input, li textarea").length > 0'), 20);
    await window.picture('recording-2-mark');
    await spoken;
    await window.choose('Pause');
    await window.shows('Paused');
    await window.picture('recording-3-paused');
    await window.choose('Go on');
    await until('going on', async () => !(await window.text()).includes('Paused'));
    await window.shows('paused for');
    await window.choose('Stop and transcribe');
    await until('the recording in the library', () => window.run('return document.querySelectorAll("nav li button").length > 0'));
    await window.click('nav li button');
    const said = () => window.run('return [...document.querySelectorAll("main [role=textbox]")].map((box) => box.innerText).join(" ")');
    const text = await until('the transcript', async () => (await window.text()).includes('Saved') && (await said()), LONG);
    await window.shows('Marked while recording');
    await window.picture('recording-4-transcript');
    // The recording and the file that was fed say the same thing: most words of one are in the other.
    const words = (of) => new Set(of.toLowerCase().match(/[a-z']+/g));
    const expected = words(must(join(dirname(APP), 'securetranscribe'), '--data-dir', join(folder, 'file'), '--models-dir', env.SECURETRANSCRIBE_MODELS_DIR, 'transcribe', speech, '--model', 'tiny.en', '--language', 'en', '--fast', '--output', '-'));
    const found = [...words(text)].filter((word) => expected.has(word)).length;
    assert.ok(found > 0.8 * expected.size, `${found} of ${expected.size} words: ${text}`);
  } finally {
    await window.close();
  }
});

test('a window that is killed while it records loses nothing', { skip }, async () => {
  const killed = await Window.open({ dataDir, env });
  let pid;
  try {
    await record(killed);
    const spoken = speak();
    await until('ten seconds on disk', async () => /up to\s+00:00:1\d/.test(await killed.text()), 60);
    pid = must('pgrep', '-n', '-f', 'release/securetranscribe-app').split('\n').at(-1);
    process.kill(Number(pid), 'SIGKILL');
    await spoken;
  } finally {
    await killed.close();
  }
  const window = await Window.open({ dataDir, env });
  try {
    await window.shows('A recording was interrupted');
    await window.picture('recording-5-interrupted');
    await window.choose('Keep');
    await until('two recordings', () => window.run('return document.querySelectorAll("nav li button").length >= 2'));
    await window.click('nav li button');
    await until('its text', async () => (await window.run('return document.querySelector("main [role=textbox]")?.innerText ?? ""')).length > 20, LONG);
    await window.picture('recording-6-kept');
  } finally {
    await window.close();
  }
});
