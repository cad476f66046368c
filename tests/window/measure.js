/**
 * Measures the real window on a ten-hour transcript, made by repeating a real one, and prints the figures as JSON:
 * `cargo xtask bench window`. The peer is a plain page with the same text in the same web view, which shows what painting
 * alone costs on this machine.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { press, type } from './desktop.js';
import { APP, ROOT, Window, lacking, until } from './driver.js';

const HOURS = 10;
const UTTERANCES = 6000;
const STEP_PX = 400;
const FRAMES = 120;

const missing = lacking();
if (missing) throw new Error(missing);
const folder = mkdtempSync(join(tmpdir(), 'st-measure-'));
const dataDir = join(folder, 'data');
const env = { SECURETRANSCRIBE_MODELS_DIR: join(ROOT, 'models') };
const CLI = join(dirname(APP), 'securetranscribe');

function cli(...args) {
  const done = spawnSync(CLI, args, {
    env: { ...process.env, ...env, SECURETRANSCRIBE_DATA_DIR: dataDir },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (done.status !== 0) throw new Error(`${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

/** The transcript again and again, until there are enough utterances; then stretched to the hours. */
function repeated(once) {
  const said = once.utterances.filter((utterance) => utterance.words.length > 0);
  const length = once.recording.duration_ms;
  const stretch = (HOURS * 3_600_000) / (length * Math.ceil(UTTERANCES / said.length));
  const utterances = Array.from({ length: UTTERANCES }, (_, index) => {
    const from = said[index % said.length];
    const at = (ms) => Math.round((ms + Math.floor(index / said.length) * length) * stretch);
    const times = (of) => ({ start_ms: at(of.start_ms), end_ms: at(of.end_ms) });
    return { ...from, ...times(from), id: index + 1, words: from.words.map((word) => ({ ...word, ...times(word) })) };
  });
  const coverage = { words_ms: 0, silence_ms: 0, speech_without_words_ms: 0, speech_without_words: [] };
  return { ...once, recording: { ...once.recording, name: 'Ten hours', duration_ms: HOURS * 3_600_000 }, utterances, coverage };
}

/** Milliseconds of each frame while `step` is done once a frame. */
const frames = (window, step) =>
  window.async(
    // The page's policy lets no string become code; what the driver sends is none of the page's.
    `const [count, done] = arguments;
     const times = [];
     let last = 0;
     const frame = (now) => {
       if (last) times.push(now - last);
       last = now;
       if (times.length >= count) return done(times);
       ${step}
       requestAnimationFrame(frame);
     };
     requestAnimationFrame(frame);`,
    FRAMES,
  );

function figures(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] * 10) / 10;
  return { median_ms: at(0.5), most_ms: at(0.95), worst_ms: at(1) };
}

async function measure(window) {
  await window.shows('Ten hours', 60);
  const opened = await window.async(
    `const done = arguments[0];
     const begin = performance.now();
     const look = () => {
       if (document.querySelector('main [role=textbox]')?.innerText) return requestAnimationFrame(() => done(performance.now() - begin));
       requestAnimationFrame(look);
     };
     document.querySelector('nav li button').click();
     look();`,
  );
  const rows = await window.run('return document.querySelectorAll("main [role=textbox]").length');
  const elements = await window.run('return document.querySelectorAll("main *").length');
  const scroller = `(window.scroller ??= [...document.querySelectorAll('main, main *')].reduce((a, b) => (b.scrollHeight - b.clientHeight > a.scrollHeight - a.clientHeight ? b : a)))`;
  const scroll = figures(await frames(window, `${scroller}.scrollTop += ${STEP_PX};`));
  await window.run(`${scroller}.scrollTop = 0;`);
  await until('the first line', () => window.run('return Boolean(document.querySelector("main [role=textbox]"))'));

  // Rows still change places for a moment after the leap to the top.
  await until('a click on the first line', () => window.click('main [role=textbox]').then(() => true, () => false));
  await press(window, 'End');
  const watching = frames(window, '');
  await type(window, ' and some more words are typed here');
  const typing = figures(await watching);
  await window.shows('Saved');

  await window.run(`
    const plain = document.createElement('div');
    plain.id = 'plain';
    plain.style.cssText = 'position:fixed;inset:0;overflow-y:scroll;background:Canvas;color:CanvasText;z-index:9999;font:16px/1.5 sans-serif;padding:24px 25%';
    const texts = [...document.querySelectorAll('main [role=textbox]')].map((box) => box.innerText);
    for (let n = 0; n < 1500; n += 1) plain.append(Object.assign(document.createElement('p'), { textContent: texts[n % texts.length] }));
    document.body.append(plain);`);
  const plain = figures(await frames(window, `document.getElementById('plain').scrollTop += ${STEP_PX};`));
  return { opened_ms: Math.round(opened), rows, elements, scroll, typing, plain_page: plain };
}

try {
  mkdirSync(dataDir);
  const clip = join(ROOT, 'tests', 'fixtures', 'two_speakers.flac');
  const once = JSON.parse(cli('transcribe', clip, '--model', 'tiny.en', '--fast', '--format', 'json', '--output', '-'));
  const file = join(folder, 'Ten hours.json');
  writeFileSync(file, JSON.stringify(repeated(once)));
  rmSync(dataDir, { recursive: true });
  cli('library', 'import', file);
  const window = await Window.open({ dataDir, env });
  try {
    const result = await measure(window);
    console.log(JSON.stringify(result));
  } finally {
    await window.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
