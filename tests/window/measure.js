/**
 * Measures the real window on the ten-hour transcript of a data folder and prints the figures as JSON:
 * `cargo xtask bench window` makes the folder. The peer is a plain page with the same text in the same web view, which shows what painting
 * alone costs on this machine.
 */
import { join } from 'node:path';
import { press, type } from './desktop.js';
import { ROOT, Window, lacking, until } from './driver.js';

const STEP_PX = 400;
const FRAMES = 120;

const missing = lacking();
if (missing) throw new Error(missing);
const dataDir = process.argv[2];
if (!dataDir) throw new Error('Name the data folder with the transcript “Ten hours”.');
const env = { SECURETRANSCRIBE_MODELS_DIR: join(ROOT, 'models') };

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

const window = await Window.open({ dataDir, env });
try {
  console.log(JSON.stringify(await measure(window)));
} finally {
  await window.close();
}
