/** What a keyboard alone can do, in a real browser: menus, dialogs, sheets, panes, long lists. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { start } from './chromium.js';

let chrome;
before(async () => {
  chrome = await start();
});
after(() => chrome.stop());

/** Text or name of what has the focus. */
const focused = (page) => page.evaluate(() => {
  const element = document.activeElement;
  return element?.getAttribute('aria-label') ?? element?.textContent?.trim().replace(/\s+/g, ' ') ?? '';
});
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const calls = (page) => page.evaluate(() => window.memory.hub.calls.filter((call) => call !== 'saveSettings'));

/** A test on a page of its own; nothing may have gone wrong on it. */
const on = (name, scene, options, check) =>
  it(name, async () => {
    const page = await chrome.open(scene, options);
    await check(page);
    assert.deepEqual(page.problems, []);
    await chrome.done(page);
  });

describe('by keyboard', { concurrency: 2 }, () => {
  on('a menu takes arrows and letters, and gives the focus back', 'queue', {}, async (page) => {
    const opener = 'More about “Интервью с реставратором”';
    await page.getByRole('button', { name: opener }).focus();
    await press(page, 'Enter');
    assert.match(await focused(page), /^Settings/);
    await press(page, 'ArrowDown');
    assert.match(await focused(page), /^Pause/);
    await press(page, 'ArrowUp', 'ArrowUp');
    assert.match(await focused(page), /^Stop/);
    await press(page, 'l');
    assert.match(await focused(page), /^Later/);
    await press(page, 'Escape');
    assert.equal(await focused(page), opener);
    await press(page, 'Enter', 'p', 'Enter');
    assert.match((await calls(page))[0], /^pause/);
  });

  on('the gauge opens, is left by Escape with the focus back, and by Tab without', 'oneCard', {}, async (page) => {
    const opener = page.getByRole('button', { name: 'show memory and load' });
    const panel = page.getByRole('dialog', { name: 'What does the work' });
    await opener.focus();
    await press(page, 'Enter');
    assert.ok(await panel.evaluate((element) => element === document.activeElement));
    await press(page, 'Tab');
    assert.equal(await focused(page), 'Close');
    await press(page, 'Escape');
    assert.equal(await panel.count(), 0);
    assert.ok(await opener.evaluate((element) => element === document.activeElement));
    await press(page, 'Enter', 'Shift+Tab', 'Shift+Tab');
    await panel.waitFor({ state: 'detached' });
    assert.ok(await opener.evaluate((element) => element !== document.activeElement));
  });

  on('a dialog keeps the focus, and Escape is its way out', 'queue', {}, async (page) => {
    const opener = page.getByRole('button', { name: 'Settings…' }).first();
    await opener.focus();
    await press(page, 'Enter');
    for (let i = 0; i < 12; i++) {
      await press(page, 'Tab');
      assert.ok(await page.evaluate(() => document.activeElement === document.body || document.querySelector('dialog').contains(document.activeElement)));
    }
    await press(page, 'Escape');
    assert.equal(await page.locator('dialog').count(), 0);
    assert.ok(await opener.evaluate((element) => element === document.activeElement));
  });

  on('waiting jobs are put into another order by dragging, too', 'queue', {}, async (page) => {
    const handle = page.getByRole('button', { name: /^Move “取材/ });
    await handle.scrollIntoViewIfNeeded();
    const from = await handle.boundingBox();
    const to = await page.getByRole('button', { name: /^Move “Интервью/ }).boundingBox();
    await page.mouse.move(from.x + 10, from.y + 10);
    await page.mouse.down();
    await page.mouse.move(to.x + 10, to.y - 10, { steps: 5 });
    await page.mouse.up();
    await page.waitForFunction(() => window.memory.hub.calls.length > 0);
    assert.equal((await calls(page))[0], 'move r2 r3');
  });

  on('the closing question offers what changes nothing first', 'queue', {}, async (page) => {
    await page.evaluate(() => window.memory.emit({ kind: 'closing', running: 2 }));
    await page.getByRole('dialog').waitFor();
    assert.equal(await focused(page), 'Keep working');
    await press(page, 'Enter');
    assert.deepEqual(await calls(page), []);
  });

  on('Tab, F6 and the skip link go through the window', 'library', {}, async (page) => {
    await press(page, 'Tab');
    assert.equal(await focused(page), 'Go to the text');
    await press(page, 'Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    const panes = new Set();
    for (let i = 0; i < 6; i++) {
      await press(page, 'F6');
      panes.add(await page.evaluate(() => [...document.querySelectorAll('[data-pane]')].findIndex((pane) => pane.contains(document.activeElement))));
    }
    assert.ok(panes.size >= 2 && !panes.has(-1), `panes ${[...panes]}`);
  });

  on('sheets open and close by their keys on a narrow window', 'library', { width: 720, height: 560 }, async (page) => {
    const library = page.getByRole('navigation', { name: 'Library' });
    assert.equal(await library.count(), 0);
    await press(page, 'Control+b');
    await library.waitFor();
    await press(page, 'Escape');
    assert.equal(await library.count(), 0);
    const inspector = page.getByRole('complementary', { name: 'Speakers and details' });
    await press(page, 'Control+i');
    assert.equal(await inspector.count(), 1);
    await press(page, 'Control+i');
    assert.equal(await inspector.count(), 0);
  });

  on('a thousand recordings are walked through, and few of them drawn', 'manyRecordings', {}, async (page) => {
    await page.getByRole('button', { name: /^Recording 1 / }).focus();
    await press(page, 'End');
    await page.waitForFunction(() => document.activeElement.textContent.includes('Recording 1000'));
    await press(page, 'PageUp', 'PageUp', 'ArrowUp');
    const shown = await page.evaluate(() => {
      const box = document.activeElement.getBoundingClientRect();
      return box.top >= 0 && box.bottom <= innerHeight;
    });
    assert.ok(shown, 'the row in focus is in sight');
    assert.ok((await page.locator('nav li').count()) < 60);
  });

  on('a name is enough to go to a recording or do a command', 'library', {}, async (page) => {
    await press(page, 'Control+k');
    await page.keyboard.type('greta');
    await press(page, 'Enter');
    await page.getByRole('heading', { level: 1, name: 'Oral history – Greta Lindqvist' }).waitFor();
    await press(page, 'Control+k');
    await page.keyboard.type('all keys');
    assert.match(await page.getByRole('option', { selected: true }).textContent(), /Show all keys/);
    await press(page, 'Enter');
    await page.getByRole('heading', { level: 1, name: 'Keyboard' }).waitFor();
    await press(page, 'Control+k');
    await page.keyboard.type('zebra');
    await page.getByText('Nothing is called “zebra”.').waitFor();
    await press(page, 'Escape');
    assert.equal(await page.locator('dialog').count(), 0);
  });

  on('text grows by its keys and is remembered', 'library', {}, async (page) => {
    const size = () => page.evaluate(() => document.documentElement.style.getPropertyValue('--text-size'));
    await press(page, 'Control+=', 'Control+=');
    assert.equal(await size(), '17px');
    await press(page, 'Control+0');
    assert.equal(await size(), '15px');
    assert.equal(await page.evaluate(() => window.memory.program.settingsNow.preferences.text_size), 15);
  });

  on('names with HTML are text', 'html', {}, async (page) => {
    await page.getByRole('heading', { level: 1 }).waitFor();
    assert.match(await page.getByRole('heading', { level: 1 }).textContent(), /<img src=x/);
    assert.equal(await page.locator('img, main b').count(), 0);
  });
});

describe('exporting', { concurrency: 2 }, () => {
  on('takes one key and one letter', 'transcript', {}, async (page) => {
    await press(page, 'Control+e');
    assert.match(await focused(page), /^PDF/);
    await press(page, 's');
    await page.getByText('talk.txt').waitFor();
    assert.match((await calls(page))[0], /^save t-talk srt/);
    assert.equal(await page.getByRole('menu').count(), 0);
    // The last format is chosen first.
    await press(page, 'Control+e');
    assert.match(await focused(page), /^SubRip/);
    await press(page, 'Escape');
    assert.match(await focused(page), /^Export/);
  });

  on('keeps what was chosen about a format, and says what cannot be', 'transcript', {}, async (page) => {
    await press(page, 'Control+e');
    const speakers = page.getByRole('menuitemcheckbox', { name: 'Speakers' });
    assert.equal(await speakers.getAttribute('aria-checked'), 'true');
    await speakers.click();
    assert.equal(await speakers.getAttribute('aria-checked'), 'false');
    await page.getByRole('menuitem', { name: /SubRip/ }).hover();
    assert.equal(await speakers.getAttribute('aria-checked'), 'true');
    const times = page.getByRole('menuitemcheckbox', { name: 'Timestamps' });
    assert.equal(await times.getAttribute('aria-disabled'), 'true');
    assert.equal(await times.getAttribute('title'), 'SubRip leaves no choice here.');
    await page.getByRole('menuitem', { name: /PDF/ }).hover();
    await press(page, 'Enter');
    await page.getByText('talk.txt').waitFor();
    assert.match((await calls(page))[0], /"speakers":false/);
  });

  on('copies as text', 'transcript', {}, async (page) => {
    await press(page, 'Control+Shift+C');
    await page.getByText('Copied as text').waitFor();
    assert.equal((await calls(page)).at(-1), 'copy Transcript t-talk');
  });
});

describe('ten hours', () => {
  on('are open at once, with few rows drawn', 'tenHours', {}, async (page) => {
    await page.getByText('Who owned the tankers?').first().waitFor();
    const rows = () => page.locator('main [role=listitem], main li').count();
    assert.ok((await rows()) < 400, `${await rows()} rows`);
    await page.mouse.move(700, 400);
    for (let i = 0; i < 20; i++) await page.mouse.wheel(0, 4000);
    assert.ok((await rows()) < 400, `${await rows()} rows after scrolling`);
    const elements = await page.locator('main *').count();
    assert.ok(elements < 6000, `${elements} elements`);
  });
});
