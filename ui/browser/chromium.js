/** Chromium on the built page: served from here with the window's own policy, everything else refused. */
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const BUILT = here('../node_modules/.securetranscribe-browser');
/** Pictures of what was tested; not kept in git. */
export const PICTURES = here('../../target/browser');
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2', '.svg': 'image/svg+xml' };

/** The policy that tauri.conf.json gives the window. */
function policy() {
  const { csp } = JSON.parse(readFileSync(here('../../tauri.conf.json'), 'utf8')).app.security;
  return Object.entries(csp).map(([name, value]) => `${name} ${value}`).join('; ');
}

/** Serves the built page on this machine only, as it is now: another build may begin meanwhile. */
async function serve() {
  const headers = { 'content-security-policy': policy() };
  const files = new Map();
  for (const entry of await readdir(BUILT, { recursive: true, withFileTypes: true })) {
    const file = join(entry.path, entry.name);
    if (entry.isFile()) files.set(`/${relative(BUILT, file).replaceAll('\\', '/')}`, await readFile(file));
  }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const path = pathname === '/' ? '/index.html' : pathname;
    const body = files.get(path);
    if (body === undefined) return response.writeHead(404).end();
    response.writeHead(200, { ...headers, 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' });
    response.end(body);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { address: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close() };
}

/** A browser with the page. What goes wrong in a page is gathered in its `problems`. */
export async function start() {
  await mkdir(PICTURES, { recursive: true });
  const site = await serve();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'],
  });
  /** Pages that are done with, by their options: a page that has the program already is ready in a third of the time. */
  const idle = new Map();
  function pool(options) {
    const key = JSON.stringify(options);
    if (!idle.has(key)) idle.set(key, []);
    return idle.get(key);
  }
  async function make(options) {
    const { theme, width, height, ...context } = options;
    const made = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: 'reduce', ...context });
    await made.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: site.address });
    const page = await made.newPage();
    page.on('pageerror', (error) => page.problems.push(`${error.message}`));
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') page.problems.push(`${line.text()}`);
    });
    page.on('dialog', (dialog) => {
      page.problems.push(`a dialog of the browser: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.route('**/*', (route) => {
      if (route.request().url().startsWith(site.address)) return route.continue();
      page.problems.push(`asked for ${route.request().url()}`);
      return route.abort();
    });
    page.pool = pool(options);
    return page;
  }
  /** Opens a scene; options are those of the address (theme, lang, dir) and of the window (width, height, motion …). */
  async function open(scene, { theme = 'light', lang = 'en', dir = 'ltr', width = 1280, height = 800, ...context } = {}) {
    const options = { theme, width, height, ...context };
    const page = pool(options).pop() ?? (await make(options));
    page.problems = [];
    await page.goto(`${site.address}?${new URLSearchParams({ scene, theme, lang, dir })}`);
    await page.waitForSelector('footer');
    return page;
  }
  /** Gives a page back, unless something of it outlives what it shows, as a clock of its own does. */
  async function done(page, { spent = false } = {}) {
    if (spent) return page.context().close();
    await page.mouse.move(-1, -1);
    page.pool.push(page);
  }

  return {
    open,
    done,
    async stop() {
      await browser.close();
      site.stop();
    },
  };
}
