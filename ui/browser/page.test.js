/** Every state of the page: nothing wrong for axe, nothing cut, nothing asked of the network; pictures to look at. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { violations } from './axe.js';
import { PICTURES, start } from './chromium.js';

let chrome;
before(async () => {
  chrome = await start();
});
after(() => chrome.stop());

const WIDE = { width: 1280, height: 800 };
const MEDIUM = { width: 1000, height: 700 };
const NARROW = { width: 720, height: 560 };
/** A window of 1280 × 800 at 200 %. */
const ZOOMED = { width: 640, height: 400 };

const button = (page, name) => page.getByRole('button', { name }).first();
const settings = (name) => async (page) => {
  await page.keyboard.press('F1');
  if (await button(page, name).isVisible()) await button(page, name).click();
  else await page.getByRole('combobox', { name: 'Settings' }).selectOption({ label: name });
};
const tell = (event) => (page) => page.evaluate((told) => window.memory.emit(told), event);
const open = (name) => (page) => button(page, name).click();

/** Goes to the recorder; twenty seconds of sound come in and are heard. */
const recorder = async (page) => {
  const status = page.getByRole('contentinfo').getByRole('button', { name: /^(Recording|Aufnahme) / });
  if (await status.isVisible()) await status.click();
  else await page.keyboard.press('Control+R');
  await page.getByRole('region', { name: /^(Recorder|Aufnahmegerät)$/ }).waitFor();
  await page.evaluate(() => {
    const { recorder } = window.memory;
    const said = ['The mill did. Then the council, for about a week.', 'كانت مذكراتي في البيت لأن المكتب غرق مرتين.', 'Daily, yes, at seven in the morning and again at dusk. '.repeat(6).trim()];
    if (recorder.now.preview) recorder.preview(said.map((text, i) => ({ start_ms: 662_000 + i * 18_000, end_ms: 680_000 + i * 18_000, text, settled: true })));
    for (let i = 0; i < 200; i++) recorder.advance(100);
  });
};
/** Opens the gauge's panel and lets a minute go by; a card that can be read, else the processor, has a line then. */
const gauge = async (page) => {
  await page.clock.install();
  // The look that is due next goes by the old clock: as if the window had been hidden, it is made now.
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.getByRole('contentinfo').getByRole('button', { name: /show memory and load|Speicher und Last zeigen/ }).click();
  await page.clock.runFor(62_000);
  const lines = await page.locator('[role=dialog] path.stroke').evaluateAll((paths) => paths.map((path) => path.getAttribute('d').split('L').length));
  const read = await page.locator('[role=dialog] .plot').count();
  assert.equal(lines.filter((points) => points > 100).length >= read, true, `the lines have ${lines.join(', ')} points`);
};
const formats = async (page) => {
  await page.keyboard.press('Control+E');
  await page.getByRole('menuitem', { name: 'Several formats at once…' }).click();
};

/** Scenes, and what is done in them before they are looked at. */
const STATES = [
  ['welcome'],
  ['missing'],
  ['loading'],
  ['refusing'],
  ['queue'],
  ['failed'],
  ['queue', 'stopped in the midst', async (page) => {
    await button(page, 'More about “Интервью с реставратором”').click();
    await page.getByRole('menuitem', { name: 'Settings…' }).click();
    await page.getByRole('combobox', { name: 'Speakers' }).selectOption('between');
  }],
  ['library'],
  ['library', 'searched', async (page) => {
    await page.keyboard.press('Control+Shift+F');
    await page.keyboard.type('tankers');
    await page.getByText('2 passages').last().waitFor();
  }],
  ['library', 'searched in vain', async (page) => {
    await page.keyboard.press('Control+Shift+F');
    await page.keyboard.type('zebra');
    await page.getByText('Nothing found for “zebra”.').waitFor();
  }],
  ['library', 'going to', async (page) => {
    await page.keyboard.press('Control+K');
    await page.keyboard.type('co');
  }],
  ['manyRecordings'],
  ['transcript'],
  ['transcript', 'export menu', (page) => page.keyboard.press('Control+E')],
  ['transcript', 'options of PDF', async (page) => {
    await page.keyboard.press('Control+E');
    await page.getByRole('menuitem', { name: 'Options of PDF' }).click();
  }],
  ['transcript', 'options of subtitles', async (page) => {
    await page.keyboard.press('Control+E');
    await page.getByRole('menuitem', { name: /^SubRip/ }).focus();
    await page.getByRole('menuitem', { name: 'Options of SubRip' }).click();
    await page.getByRole('spinbutton', { name: 'Lines' }).fill('9');
    await page.getByRole('spinbutton', { name: 'Lines' }).blur();
  }],
  ['transcript', 'several formats', formats],
  ['existing', 'asked', async (page) => {
    await formats(page);
    for (const name of [/^Word/, /^Plain text/, /^Markdown/, /^Web page/, /^Spreadsheet/, /^Table/]) await page.getByRole('checkbox', { name }).first().check();
    await button(page, 'Choose a folder…').click();
    await page.getByText('7 files are there already').waitFor();
  }],
  ['doubtful', 'asked', async (page) => {
    await page.keyboard.press('Control+E');
    await page.keyboard.press('p');
    await page.getByText(/was not transcribed/).waitFor();
  }],
  ['imported'],
  ['imported', 'more of them', async (page) => {
    await page.evaluate(() => window.memory.emit({ kind: 'drop', paths: ['/texts/talk.srt', '/texts/a very long name of a transcript that goes on.json'] }));
    await page.getByText('2 files are transcripts.').waitFor();
  }],
  ['library', 'ready to record', recorder],
  ['forbidden', 'ready to record', recorder],
  ['recording', 'going on', recorder],
  ['recording', 'marked', async (page) => {
    await recorder(page);
    await page.keyboard.press('m');
    await page.getByRole('textbox', { name: /^Note at/ }).fill('Names the contractor');
  }],
  ['recording', 'paused', async (page) => {
    await recorder(page);
    await page.keyboard.press('Space');
    await page.getByText('Go on').waitFor();
  }],
  ['recording', 'discarding', async (page) => {
    await recorder(page);
    await button(page, 'Discard…').click();
  }],
  ['recording', 'closing', tell({ kind: 'closing', running: 0 })],
  ['silent', 'going on', recorder],
  ['troubled', 'going on', recorder],
  ['interrupted'],
  ['interrupted', 'put off', async (page) => {
    await button(page, 'Later').click();
    await recorder(page);
  }],
  ['transcript', 'find and replace', async (page) => {
    await page.keyboard.press('Control+H');
    await page.keyboard.type('the');
    await page.waitForTimeout(300);
  }],
  ['transcript', 'bad pattern', async (page) => {
    await page.keyboard.press('Control+F');
    await page.getByRole('button', { name: /pattern|expression/i }).first().click();
    await page.getByRole('textbox', { name: /Find/ }).first().fill('(the');
    await page.waitForTimeout(300);
  }],
  ['transcript', 'inspector', (page) => page.keyboard.press('Control+I')],
  ['transcript', 'speaker menu', (page) => page.getByRole('button', { name: /Lena Brandt/ }).first().click()],
  ['transcript', 'going to a time', (page) => page.keyboard.press('Control+G')],
  ['transcript', 'typing', async (page) => {
    await page.getByRole('textbox', { name: /Lena Brandt/ }).first().click();
    await page.keyboard.type('So. ');
  }],
  ['transcript', 'changed elsewhere', async (page) => {
    const box = page.getByRole('textbox', { name: /Lena Brandt/ }).first();
    await box.click();
    await page.evaluate(() => window.memory.document.changeElsewhere('t-talk', { edit: 'replace_text', utterance: 1, text: 'Theirs.' }));
    await page.keyboard.type('Mine. ');
    await page.waitForTimeout(700);
  }],
  ...['noCard', 'oneCard', 'fourCards', 'lostCard'].map((scene) => [scene, 'gauge', gauge]),
  ['doubts'],
  ['doubts', 'left out', async (page) => {
    const show = page.getByRole('button', { name: /left out/ }).or(page.getByRole('button', { name: /ausgelassen/ }));
    if (!(await show.isVisible())) await page.keyboard.press('Control+I');
    await show.click();
  }],
  ['voices'],
  ['voices', 'remembered', settings('Voices')],
  ['noSpeech'],
  ['moved'],
  ['longText'],
  ['rightToLeft'],
  ['html'],
  ['messages', 'told', async (page) => {
    await page.keyboard.press('Control+O');
    await page.getByText('“notes.pdf” is not audio or video.').waitFor();
    await button(page, 'Remove').click();
    await page.getByText(/^Removed/).waitFor();
  }],
  ['queue', 'closing', tell({ kind: 'closing', running: 1 })],
  ['queue', 'dragged over', tell({ kind: 'drag', files: 3 })],
  ...['General', 'Transcribing', 'Models', 'Storage and privacy', 'Keyboard', 'About'].map((name) => ['models', name, settings(name)]),
  ['library', 'report', async (page) => {
    await settings('About')(page);
    await open('Show the report')(page);
  }],
];

/** Whether something sticks out of the window sideways, where nobody can scroll to it. */
const cut = (page) => page.evaluate(() => {
  const out = [];
  for (const element of document.querySelectorAll('button, input, select, h1, p, label, td, th, li')) {
    const box = element.getBoundingClientRect();
    if (box.width === 0 || getComputedStyle(element).visibility === 'hidden' || element.closest('.hidden, .skip')) continue;
    if (box.right > innerWidth + 1 || box.left < -1) out.push(`${element.tagName} “${element.textContent?.trim().slice(0, 40)}”`);
  }
  return out;
});

/** What differs on windows of a middle width: the inspector. */
const COLUMNS = ['transcript', 'models', 'queue', 'recording'];
const VIEWS = [
  ['light', WIDE, 'light'],
  ['dark', WIDE, 'dark'],
  ['medium', MEDIUM, 'light'],
  ['narrow', NARROW, 'dark'],
  ['zoomed', ZOOMED, 'light'],
  ['in German', NARROW, 'light', 'de'],
];

for (const [view, size, theme, lang = 'en'] of VIEWS) {
  describe(`the page, ${view}`, { concurrency: 2 }, () => {
    for (const [scene, name = 'as it opens', act] of STATES) {
      if (view === 'medium' && !COLUMNS.includes(scene)) continue;
      // What is done in a scene goes by English names.
      if (lang !== 'en' && act) continue;
      it(`${scene}: ${name}`, async () => {
        const page = await chrome.open(scene, { theme, lang, ...size });
        if (act) await act(page);
        await page.waitForTimeout(50);
        await page.screenshot({ path: join(PICTURES, `${scene} ${name} ${view}.png`) });
        assert.deepEqual(await violations(page), []);
        assert.deepEqual(await cut(page), []);
        assert.deepEqual(page.problems, []);
        await chrome.done(page, { spent: act === gauge });
      });
    }
  });
}

describe('the page', () => {
  const look = (name, scene, options, check) =>
    it(name, async () => {
      const page = await chrome.open(scene, options);
      await check?.(page);
      await page.screenshot({ path: join(PICTURES, `${name}.png`) });
      assert.deepEqual(await violations(page), []);
      assert.deepEqual(page.problems, []);
      await chrome.done(page, { spent: check === gauge });
    });

  look('holds where the system forces its colours', 'queue', { forcedColors: 'active' });
  look('records in a window from right to left', 'recording', { dir: 'rtl' }, recorder);
  look('records where the system forces its colours', 'silent', { forcedColors: 'active' }, recorder);
  look('holds with more contrast', 'queue', { contrast: 'more' });
  look('is mirrored in a language from right to left', 'queue', { dir: 'rtl' });
  look('shows the gauge where the system forces its colours', 'oneCard', { forcedColors: 'active' }, gauge);
  look('shows the gauge in a window from right to left', 'oneCard', { dir: 'rtl' }, gauge);
  look('shows the gauge in German', 'fourCards', { lang: 'de', width: 900, height: 640 }, gauge);
  look('speaks German', 'queue', { lang: 'de' }, async (page) => {
    assert.equal(await page.getAttribute('html', 'lang'), 'de');
    await page.getByRole('heading', { name: 'Warteschlange' }).waitFor();
  });
  for (const [scene, act] of [
    ['recording', recorder],
    ['troubled', recorder],
    ['forbidden', recorder],
    ['transcript', async (page) => {
      await page.keyboard.press('Control+E');
      await page.getByRole('menuitem', { name: 'Was bei PDF zu wählen ist' }).waitFor();
    }],
  ]) {
    look(`speaks German in the scene ${scene}`, scene, { lang: 'de', width: 900, height: 640 }, async (page) => {
      await act(page);
      assert.deepEqual(await cut(page), []);
    });
  }
  look('moves nothing where the person wants no motion', 'queue', {}, async (page) => {
    const durations = await page.evaluate(() => [...document.querySelectorAll('*')].map((e) => getComputedStyle(e).transitionDuration));
    assert.deepEqual([...new Set(durations.flatMap((d) => d.split(', ')))], ['0s']);
  });
});
