/** The transcript in a real browser: typing, cutting, joining, walking, playing, finding; and ten hours of it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { start } from './chromium.js';

let chrome;
before(async () => {
  chrome = await start();
});
after(() => chrome.stop());

const on = (name, scene, check) =>
  it(name, async () => {
    const page = await chrome.open(scene);
    await page.getByRole('textbox').nth(2).waitFor();
    await check(page);
    assert.deepEqual(page.problems, []);
    await chrome.done(page);
  });

/** Utterances, without the fields of speech that has no words. */
const said = (page) => page.locator('main [role=textbox]');
const texts = (page) => said(page).evaluateAll((all) => all.map((one) => one.textContent));
const edits = (page) => page.evaluate(() => window.memory.document.edits);
const caret = (page) => page.evaluate(() => {
  const range = getSelection().getRangeAt(0).cloneRange();
  range.setStart(document.activeElement, 0);
  return [document.activeElement.textContent, range.toString().length];
});
/** Lets edits go out and come back. */
const settle = (page) => page.waitForTimeout(550);
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};

describe('the text', () => {
  on('is kept after a pause, undone and done again, with the caret where it was', 'transcript', async (page) => {
    await said(page).nth(3).click();
    await press(page, 'Home', ...Array(3).fill('ArrowRight'));
    await page.keyboard.type(' really');
    await settle(page);
    assert.equal((await texts(page))[3], 'Who really owned the tankers?');
    assert.deepEqual(await caret(page), ['Who really owned the tankers?', 10]);
    assert.equal((await edits(page)).length, 1);
    await page.keyboard.type(' and truly');
    await press(page, 'Control+z');
    await settle(page);
    assert.equal((await texts(page))[3], 'Who really owned the tankers?');
    await press(page, 'Control+z');
    await settle(page);
    assert.equal((await texts(page))[3], 'Who owned the tankers?');
    await press(page, 'Control+y', 'Control+y');
    await settle(page);
    assert.equal((await texts(page))[3], 'Who really and truly owned the tankers?');
  });

  on('loses the mark of a word that is corrected', 'transcript', async (page) => {
    const word = said(page).nth(5).locator('.unsure').first();
    await word.click();
    await page.keyboard.type('x');
    await settle(page);
    assert.equal(await said(page).nth(5).locator('.unsure').count(), 1);
    assert.match((await caret(page))[0], /x/);
  });

  on('takes what an input method composes when it is done, as one edit', 'transcript', async (page) => {
    await said(page).nth(3).click();
    await press(page, 'End');
    const input = await page.context().newCDPSession(page);
    await input.send('Input.imeSetComposition', { text: 'にほ', selectionStart: 2, selectionEnd: 2 });
    await settle(page);
    assert.deepEqual(await edits(page), []);
    await input.send('Input.insertText', { text: '日本' });
    await settle(page);
    assert.equal((await edits(page)).length, 1);
    assert.deepEqual(await caret(page), ['Who owned the tankers?日本', 24]);
  });

  on('is cut by Enter and joined by Backspace and Delete', 'transcript', async (page) => {
    await said(page).nth(3).click();
    await press(page, 'Home', ...Array(3).fill('ArrowRight'), 'Enter');
    await settle(page);
    assert.deepEqual((await texts(page)).slice(3, 5), ['Who', 'owned the tankers?']);
    assert.deepEqual(await caret(page), ['owned the tankers?', 0]);
    await press(page, 'Backspace');
    await settle(page);
    assert.deepEqual(await caret(page), ['Who owned the tankers?', 3]);
    await press(page, 'Enter');
    await settle(page);
    await press(page, 'ArrowLeft', 'Delete');
    await settle(page);
    assert.equal((await texts(page))[3], 'Who owned the tankers?');
  });

  on('is walked through by arrows, and takes pasted text without its form', 'transcript', async (page) => {
    await said(page).nth(3).click();
    await press(page, 'End', 'ArrowDown');
    assert.match((await caret(page))[0], /^اثنان/);
    await press(page, 'ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp');
    assert.match((await caret(page))[0], /^كانت/);
    await said(page).nth(3).click();
    await press(page, 'End');
    await page.evaluate(async () => {
      const html = new Blob(['<b>bold</b>'], { type: 'text/html' });
      await navigator.clipboard.write([new ClipboardItem({ 'text/html': html, 'text/plain': new Blob([' pasted\n<b>text</b>'], { type: 'text/plain' }) })]);
    });
    await press(page, 'Control+v');
    await settle(page);
    assert.equal((await texts(page))[3], 'Who owned the tankers? pasted <b>text</b>');
    assert.equal(await said(page).nth(3).locator('b').count(), 0);
  });

  on('gives utterances to speakers by number, also several, and copies them', 'transcript', async (page) => {
    await said(page).nth(3).click();
    await press(page, 'Control+4');
    await settle(page);
    assert.deepEqual((await edits(page)).at(-1), { edit: 'assign_speaker', utterances: [4], speaker: 3 });
    await page.locator('.time').nth(0).click({ modifiers: ['Control'] });
    await page.locator('.time').nth(2).click({ modifiers: ['Shift'] });
    await press(page, 'Control+c');
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^Lena Brandt: Let’s go[^\n]*\nSamira Haddad: [^\n]*\nYusuf Karim: The well/);
    await press(page, 'Control+2');
    await settle(page);
    assert.deepEqual((await edits(page)).at(-1), { edit: 'assign_speaker', utterances: [1, 2, 3], speaker: 1 });
    await press(page, 'Escape');
    assert.equal(await page.locator('.selected').count(), 0);
  });

  on('is selected whole in two steps, has its menu by key, and is left alone by keys in other fields', 'transcript', async (page) => {
    await said(page).nth(3).click();
    await press(page, 'Shift+F10');
    await page.getByRole('menuitem', { name: 'Insert below' }).click();
    await settle(page);
    assert.equal((await texts(page))[4], '');
    assert.deepEqual(await caret(page), ['', 0]);
    await press(page, 'Control+z');
    await settle(page);
    await said(page).nth(3).click();
    await press(page, 'Control+a');
    assert.equal(await page.evaluate(() => getSelection().toString()), 'Who owned the tankers?');
    await press(page, 'Control+a', 'Control+c');
    assert.equal((await page.evaluate(() => navigator.clipboard.readText())).split('\n').length, 8);
    await press(page, 'Escape');
    const before = (await edits(page)).length;
    await press(page, 'Control+f');
    await page.keyboard.type('well');
    await press(page, 'Control+d', 'Control+1', 'Control+Enter', 'Control+z');
    await settle(page);
    assert.equal((await edits(page)).length, before);
    assert.equal((await texts(page)).length, 8);
  });

  on('is gone through from doubt to doubt until all is checked', 'transcript', async (page) => {
    for (let left = 40; left > 0; left--) {
      if (await page.getByRole('button', { name: 'All checked' }).isVisible()) break;
      await press(page, 'F8');
      await page.waitForTimeout(60);
      const tag = await page.evaluate(() => document.activeElement.tagName);
      if (tag === 'INPUT') await page.keyboard.type('Yes.\n');
      else if (await page.evaluate(() => document.activeElement.closest('.row')?.querySelector('.unsure') !== null)) await press(page, 'Control+Enter');
      else {
        await press(page, 'Control+Shift+N');
        await page.waitForTimeout(60);
        await page.keyboard.type('Ona\n');
      }
      await page.waitForTimeout(120);
    }
    assert.ok(await page.getByRole('button', { name: 'All checked' }).isVisible());
  });

  on('is searched and replaced as one step', 'transcript', async (page) => {
    await press(page, 'Control+h');
    await page.keyboard.type('TANKER');
    await page.getByText('1 of 2').waitFor();
    assert.equal(await page.locator('.text .hit').count(), 2);
    await page.getByLabel('Replace with').fill('truck');
    await page.locator('ins').first().waitFor();
    assert.match(await page.getByRole('group', { name: 'What would change' }).innerText(), /tankertrucks/);
    await page.getByRole('button', { name: 'All 2' }).click();
    await page.getByText('2 hits replaced').waitFor();
    assert.equal((await texts(page))[3], 'Who owned the trucks?');
    await press(page, 'Control+z');
    await settle(page);
    assert.equal((await texts(page))[3], 'Who owned the tankers?');
    await press(page, 'Escape');
    assert.equal(await page.getByRole('search', { name: 'Find and replace' }).count(), 0);
  });
});

describe('ten hours', () => {
  const rows = (page) => page.locator('main [role=listitem]').count();

  on('have few rows in the page, wherever one scrolls, and no blank', 'tenHours', async (page) => {
    assert.ok((await rows(page)) < 400);
    const seen = await page.evaluate(async () => {
      const scroller = document.querySelector('main [role=region].scroll, main .scroll');
      const found = { most: 0, blank: 0 };
      const look = () => {
        const view = scroller.getBoundingClientRect();
        const boxes = [...scroller.querySelectorAll('[role=listitem]')].map((row) => row.getBoundingClientRect());
        found.most = Math.max(found.most, boxes.length);
        const covered = boxes.some((b) => b.top <= view.top + 16) && boxes.some((b) => b.bottom >= view.bottom - 1);
        if (!covered) found.blank += 1;
      };
      const frame = () => new Promise(requestAnimationFrame);
      for (let i = 0; i < 60; i++) {
        scroller.scrollTop += 450;
        await frame();
        look();
      }
      for (const part of [0.3, 0.9, 0.1, 0.6]) {
        scroller.scrollTop = scroller.scrollHeight * part;
        await frame();
        await frame();
        look();
      }
      return found;
    });
    assert.equal(seen.blank, 0);
    assert.ok(seen.most < 400, `${seen.most} rows`);
    assert.equal(await page.locator('main [role=listitem]').first().getAttribute('aria-setsize'), '6001');
  });

  on('end where the last line ends, and keep what is typed in a row that is scrolled away', 'tenHours', async (page) => {
    await said(page).first().click();
    await press(page, 'End');
    await page.evaluate(async () => {
      const scroller = document.querySelector('main .scroll');
      for (let i = 0; i < 3; i++) {
        scroller.scrollTop = scroller.scrollHeight;
        await new Promise((done) => setTimeout(done, 100));
      }
    });
    assert.equal(await page.locator('main [role=listitem]').last().getAttribute('aria-posinset'), '6001');
    await page.keyboard.type(' still here');
    await settle(page);
    assert.match((await edits(page)).at(-1).text, / still here$/);
  });

  on('go along with the sound until somebody scrolls', 'tenHours', async (page) => {
    await page.evaluate(async () => {
      const { player } = window.memory;
      player.clock = false;
      player.lengths.set('talk', 40_000_000);
      await player.load('talk');
      await player.play(20_000_000);
    });
    const inSight = () => page.evaluate(() => {
      const [mark, view] = ['main .now', 'main .scroll'].map((name) => document.querySelector(name)?.getBoundingClientRect());
      return mark !== undefined && mark.top >= view.top && mark.bottom <= view.bottom;
    });
    const play = async (steps) => {
      for (let i = 0; i < steps; i++) {
        await page.evaluate(() => window.memory.player.advance(2500));
        await page.waitForTimeout(25);
      }
    };
    await play(20);
    assert.ok(await inSight());
    await page.mouse.move(600, 300);
    await page.mouse.wheel(0, 3000);
    const back = page.getByRole('button', { name: /^Back to 5:34:/ });
    await back.waitFor();
    await play(10);
    assert.equal(await inSight(), false);
    await back.click();
    await page.waitForTimeout(100);
    assert.ok(await inSight());
    assert.equal(await back.count(), 0);
  });
});
