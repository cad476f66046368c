/** What a person's hands do outside the page: keys, a true drag from another program, the system's save dialog. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT, until } from './driver.js';

const SOURCE = join(ROOT, 'tests', 'window', 'drag_source.py');
/** Where Debian's Python lies: another one knows nothing of GTK. */
const PYTHON = '/usr/bin/python3';

function xdotool(window, ...args) {
  const done = spawnSync('xdotool', args.map(String), {
    env: { ...process.env, DISPLAY: window.display },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { ok: done.status === 0, text: done.stdout.trim(), error: done.stderr.trim() };
}

function must(window, ...args) {
  const done = xdotool(window, ...args);
  if (!done.ok) throw new Error(`xdotool ${args.join(' ')}: ${done.error}`);
  return done.text;
}

/** Presses combinations such as `ctrl+f`, one after the other. */
export async function press(window, ...keys) {
  for (const key of keys) {
    must(window, 'key', '--clearmodifiers', key);
    await sleep(120);
  }
}

/** Types text on the keyboard. */
export async function type(window, text) {
  must(window, 'type', '--delay', 25, '--', text);
  await sleep(150);
}

/** The window with a title, once it is there. */
async function titled(window, title, seconds = 30) {
  const found = () => xdotool(window, 'search', '--onlyvisible', '--name', title).text.split('\n').find(Boolean);
  return until(`a window “${title}”`, found, seconds);
}

/** Drags a file from another program onto the middle of the window. `over` is called while it hovers there. */
export async function drag(window, path, over) {
  const source = spawn(PYTHON, [SOURCE, path], { env: { ...process.env, DISPLAY: window.display }, stdio: 'inherit' });
  try {
    const id = await titled(window, 'Something to drag');
    must(window, 'windowmove', '--sync', id, 0, 0);
    must(window, 'windowraise', id);
    const size = Object.fromEntries(must(window, 'getdisplaygeometry', '--shell').split('\n').map((l) => l.split('=')));
    const to = { x: Math.round(size.WIDTH / 2), y: Math.round(size.HEIGHT / 2) };
    must(window, 'mousemove', '--sync', 60, 60);
    must(window, 'mousedown', 1);
    // In small steps, as a hand moves: one leap is no drag for GTK.
    for (let step = 1; step <= 12; step += 1) {
      must(window, 'mousemove', 60 + ((to.x - 60) * step) / 12, 60 + ((to.y - 60) * step) / 12);
      await sleep(40);
    }
    if (over) await over();
    must(window, 'mouseup', 1);
    // The other program must live until its file was asked for.
    await until('the drop', () => window.run('return document.querySelector(".veil") === null'));
  } finally {
    source.kill();
  }
}

/** Answers the system's save dialog of a title with a path, and its question where a file of the name is there. */
export async function saveAs(window, title, path, { replace = false } = {}) {
  const id = await titled(window, title);
  must(window, 'windowfocus', '--sync', id);
  await sleep(300);
  await press(window, 'ctrl+a');
  // The first slash opens the line for a path where folders are chosen, and keys are lost until it is there.
  await type(window, path.slice(0, 1));
  await sleep(500);
  await type(window, path.slice(1));
  await press(window, 'Return');
  if (replace) {
    // The question has no title of its own that could be looked for: its answer is one key once it is there.
    await sleep(1500);
    await press(window, 'alt+r');
  }
  await until('the dialog to close', () => !xdotool(window, 'search', '--onlyvisible', '--name', title).text);
}

/** Title of the program's own window, as the task bar shows it. */
export function titles(window) {
  const ids = xdotool(window, 'search', '--onlyvisible', '--name', '.').text.split('\n').filter(Boolean);
  return ids.map((id) => xdotool(window, 'getwindowname', id).text);
}
