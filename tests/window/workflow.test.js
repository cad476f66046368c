/**
 * The whole way of a recording in the real window, with the real engine, worker and base model: dragged in, written,
 * corrected, named, undone, searched, heard, exported by the system's dialog, and found again after a restart.
 */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { drag, press, saveAs, titles, type } from './desktop.js';
import { ROOT, Window, lacking, until } from './driver.js';

const skip = lacking() ?? false;
const env = { SECURETRANSCRIBE_MODELS_DIR: join(ROOT, 'models') };
/** Transcribing the fixture with base on the busiest machine takes no longer than this many seconds. */
const LONG = 1200;
/** Room for the window and, beside it, the program that is dragged from. */
const SIZE = '1600x900';

const folder = mkdtempSync(join(tmpdir(), 'st-workflow-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const dataDir = join(folder, 'data');
mkdirSync(dataDir);
writeFileSync(join(dataDir, 'settings.json'), JSON.stringify({ job: { model: 'base', language: 'en' } }));

/** Text of the utterances as shown, without names and times. */
const said = (window) =>
  window.run('return [...document.querySelectorAll("main [role=textbox]")].map((n) => n.innerText.trim())');

const names = (window) =>
  window.run('return [...new Set([...document.querySelectorAll("main .name strong")].map((n) => n.innerText))]');

test('a recording is dragged in, corrected, named, undone, searched, heard, exported and found again', { skip }, async () => {
  const recording = join(folder, 'Gespräch <b>eins<b>.flac');
  copyFileSync(join(ROOT, 'tests', 'fixtures', 'two_speakers.flac'), recording);
  let window = await Window.open({ dataDir, env, size: SIZE });
  try {
    await window.shows('Drop recordings here');
    await drag(window, recording, async () => {
      await window.shows('Drop 1 file');
      await window.picture('workflow-1-drag');
    });
    await window.shows('Gespräch <b>eins<b>');
    await window.picture('workflow-2-queue');
    await window.shows('2 speakers', LONG);
    await window.click('nav li button');
    await until('the text', async () => (await said(window)).length >= 4);
    await window.picture('workflow-3-editor');
    assert.ok(titles(window).some((title) => title.includes('SecureTranscribe')), `${titles(window)}`);

    // A word is corrected where it stands. The mark in the text is no markup: it shows as it was typed.
    const before = await said(window);
    await window.click('main [role=textbox]');
    await press(window, 'End');
    await type(window, ' <i>Corrected</i>.');
    await until('the correction', async () => (await said(window))[0].endsWith('<i>Corrected</i>.'));
    await window.shows('Saved');

    // A speaker gets a name, everywhere at once.
    await window.click('aside li button.name');
    await type(window, 'Lena');
    await press(window, 'Return');
    await until('the name', async () => (await names(window)).includes('Lena'));
    await window.picture('workflow-4-named');

    // Both are undone and done again.
    await press(window, 'ctrl+z');
    await until('the name to go', async () => !(await names(window)).includes('Lena'));
    await press(window, 'ctrl+shift+z');
    await until('the name to come back', async () => (await names(window)).includes('Lena'));

    // Replacing with a look at what changes.
    await press(window, 'ctrl+h');
    await type(window, 'crayfish');
    await window.shows('1 of');
    await press(window, 'Tab');
    await window.picture('workflow-5-find');
    await press(window, 'Escape');

    // The recording is heard: the place moves on by itself.
    const place = () => window.run('return Number(document.querySelector("[role=slider][aria-valuenow]").getAttribute("aria-valuenow"))');
    if (process.env.PULSE_SERVER) {
      const start = await place();
      await press(window, 'F4');
      await until('the playhead to move', async () => (await place()) > start, 20);
      await press(window, 'F4');
    }

    // Searching over everything leads to the second.
    await press(window, 'ctrl+shift+f');
    await type(window, 'affliction');
    await press(window, 'Return');
    await window.shows('1 passage');
    await window.picture('workflow-6-search');
    await press(window, 'Escape');

    await press(window, 'ctrl+e');
    const formats = await until('the menu', () =>
      window.run('return [...document.querySelectorAll("[role=menuitem][data-format]")].map((item) => item.dataset.format)'),
    );
    assert.ok(formats.length >= 16, `${formats}`);
    await window.picture('workflow-7-menu');
    await press(window, 'Escape');
    for (const format of formats) {
      await press(window, 'ctrl+e');
      await window.click(`[role=menuitem][data-format=${format}]`);
      const path = join(folder, `${format}.file`);
      await saveAs(window, 'Export as', path);
      await until(`${path}`, () => existsSync(path));
      await window.shows(`Saved ${format}.file`);
      if (format === 'txt') await window.picture('workflow-8-exported');
    }
    // A file that is there: the system's dialog asks, and "replace" replaces it.
    const there = join(folder, 'out.txt');
    writeFileSync(there, 'old');
    await press(window, 'ctrl+e');
    await window.click('[role=menuitem][data-format=txt]');
    await saveAs(window, 'Export as', there, { replace: true });
    await until('the new text', () => readFileSync(there, 'utf8') !== 'old');
    const text = readFileSync(join(folder, 'out.txt'), 'utf8');
    assert.ok(text.includes('Lena') && text.includes('<i>Corrected</i>.'), text);
    assert.ok(readFileSync(join(folder, 'vtt.file'), 'utf8').includes('&lt;i&gt;Corrected&lt;/i&gt;'));
    assert.equal(JSON.parse(readFileSync(join(folder, 'json.file'), 'utf8')).schema, 'securetranscribe/1');
    // The clipboard holds the same text: what is pasted into the search box shows it.
    await press(window, 'ctrl+shift+c');
    await window.shows('Copied as text');
    await press(window, 'ctrl+shift+f', 'ctrl+a', 'ctrl+v');
    const pasted = await window.run('return document.activeElement.value');
    assert.ok(pasted.includes('Lena'), pasted);
    await press(window, 'Escape', 'Escape');
    assert.equal((await said(window)).length, before.length);
  } finally {
    await window.close();
  }

  window = await Window.open({ dataDir, env, size: SIZE });
  try {
    await window.shows('Gespräch <b>eins<b>');
    await until('the correction after a restart', async () => (await said(window))[0]?.endsWith('<i>Corrected</i>.'));
    assert.ok((await names(window)).includes('Lena'));
    // Undo reaches back beyond the restart.
    await window.click('main [role=textbox]');
    await press(window, 'Escape', 'ctrl+z');
    await until('the name to go', async () => !(await names(window)).includes('Lena'));
    await window.picture('workflow-9-restarted');
  } finally {
    await window.close();
  }
});
