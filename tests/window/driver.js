/**
 * Drives the real window through WebKitWebDriver, over plain fetch. It starts what a session needs (a virtual screen,
 * a message bus, the driver) and ends all of it again.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const TARGET = process.env.CARGO_TARGET_DIR ? resolve(ROOT, process.env.CARGO_TARGET_DIR) : join(ROOT, 'target');
export const APP = join(TARGET, 'release', process.platform === 'win32' ? 'securetranscribe-app.exe' : 'securetranscribe-app');
const OUT = join(ROOT, 'tests', 'out');
const PROGRAMS = ['Xvfb', 'openbox', 'dbus-run-session', 'WebKitWebDriver'];
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** What lacks for these tests here, in words; null where nothing does. */
export function lacking() {
  try {
    accessSync(APP, constants.X_OK);
  } catch {
    throw new Error(`${APP} is not built. Build it with: cargo xtask build`);
  }
  const has = (name) =>
    (process.env.PATH ?? '').split(delimiter).some((folder) => {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  const gone = PROGRAMS.filter((name) => !has(name));
  return gone.length > 0 ? `not installed here: ${gone.join(', ')}` : null;
}

async function freePort() {
  return new Promise((done, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/** Calls `probe` until it gives something, for at most `seconds`. */
export async function until(what, probe, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) throw new Error(`Waited ${seconds} s in vain for ${what}`);
    await sleep(100);
  }
}

/** A running window. */
export class Window {
  #processes = [];
  #base = '';
  #folder = '';
  display = '';

  /** Opens the program with arguments, on a data folder of its own unless one is given. */
  static async open({ args = [], dataDir, env = {}, size = '1280x828' } = {}) {
    const window = new Window();
    try {
      await window.#open(args, dataDir, env, size);
    } catch (error) {
      await window.close();
      throw error;
    }
    return window;
  }

  async #open(args, dataDir, env, size) {
    this.#folder = mkdtempSync(join(tmpdir(), 'st-window-'));
    this.dataDir = dataDir ?? join(this.#folder, 'data');
    const runtime = join(this.#folder, 'run');
    mkdirSync(runtime, { mode: 0o700 });
    this.display = await this.#screen(size);
    const port = await freePort();
    const environment = {
      ...process.env,
      DISPLAY: this.display,
      XDG_RUNTIME_DIR: runtime,
      HOME: this.#folder,
      GDK_BACKEND: 'x11',
      // Software rendering only: a test machine has no card.
      LIBGL_ALWAYS_SOFTWARE: '1',
      // Without it the driver waits for ever for the program's web view.
      TAURI_WEBVIEW_AUTOMATION: 'true',
      SECURETRANSCRIBE_DATA_DIR: this.dataDir,
      ...env,
    };
    this.#start('openbox', [], environment);
    const bus = join(this.#folder, 'bus');
    const session = `echo "$DBUS_SESSION_BUS_ADDRESS" > "$0"; exec WebKitWebDriver --port=${port}`;
    this.#start('dbus-run-session', ['--', 'sh', '-c', session, bus], environment);
    this.#base = `http://127.0.0.1:${port}`;
    await until('the driver', () => fetch(`${this.#base}/status`).then((r) => r.ok, () => false));
    this.environment = { ...environment, DBUS_SESSION_BUS_ADDRESS: readFileSync(bus, 'utf8').trim() };
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': { binary: APP, args } } };
    const { sessionId } = await this.#call('POST', '/session', { capabilities });
    this.#base += `/session/${sessionId}`;
  }

  /** A virtual screen on a number that is free: Xvfb writes the number that it took to file descriptor 3. */
  async #screen(size) {
    const xvfb = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', `${size}x24`, '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    this.#processes.push(xvfb);
    const number = await new Promise((done, failed) => {
      xvfb.once('exit', () => failed(new Error('Xvfb ended at once')));
      xvfb.stdio[3].once('data', (data) => done(String(data).trim()));
    });
    return `:${number}`;
  }

  #start(program, args, env) {
    // A group of its own, so that what it starts ends with it.
    const child = spawn(program, args, { env, stdio: 'ignore', detached: true });
    this.#processes.push(child);
    return child;
  }

  async #call(method, path, body) {
    const answer = await fetch(this.#base + path, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${value?.message ?? answer.status}`);
    return value;
  }

  /** Runs JavaScript in the page: the body of a function. */
  run(script, ...args) {
    return this.#call('POST', '/execute/sync', { script, args });
  }

  /** The same for a script that ends by calling its last argument with what it gives. */
  async(script, ...args) {
    return this.#call('POST', '/execute/async', { script, args });
  }

  /** All text of the page. */
  text() {
    return this.run('return document.body.innerText');
  }

  /** Waits until the page shows a text. */
  async shows(text, seconds = 30) {
    let last = '';
    try {
      await until(`“${text}”`, async () => (last = await this.text()).includes(text), seconds);
    } catch (error) {
      throw new Error(`${error.message}. The window shows:\n${last}`);
    }
  }

  /** Clicks what a CSS selector finds, as a person would. */
  async click(selector) {
    const element = await this.#call('POST', '/element', { using: 'css selector', value: selector });
    await this.#call('POST', `/element/${element[ELEMENT]}/click`, {});
  }

  /** Chooses the button or link whose text begins so, once there is one that can be pressed. */
  choose(text) {
    const script = `
      const named = (element) => element.innerText.trim().startsWith(arguments[0]) && !element.disabled;
      const found = [...document.querySelectorAll('button, a')].find(named);
      found?.click();
      return Boolean(found);`;
    return until(`a button “${text}”`, () => this.run(script, text));
  }

  /** Keeps a picture of the window in tests/out/. */
  async picture(name) {
    // A picture right after a change is stale: two frames and a moment later it is not.
    await this.#call('POST', '/execute/async', {
      script: 'const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(true)));',
      args: [],
    });
    await sleep(150);
    mkdirSync(OUT, { recursive: true });
    const path = join(OUT, `${name}.png`);
    writeFileSync(path, Buffer.from(await this.#call('GET', '/screenshot'), 'base64'));
    return path;
  }

  /** Ends the program and everything that was started for it. */
  async close() {
    if (this.#base.includes('/session/')) await this.#call('DELETE', '').catch(() => {});
    for (const child of this.#processes.reverse()) {
      try {
        process.kill(child.spawnargs[0] === 'Xvfb' ? child.pid : -child.pid);
      } catch {
        // It has ended already.
      }
      if (child.exitCode === null && child.signalCode === null) {
        await Promise.race([new Promise((done) => child.once('exit', done)), sleep(3000)]);
      }
    }
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
