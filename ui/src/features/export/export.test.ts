import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../../App.svelte';
import type { ExportOptions } from '../../backend';
import { MemoryBackend } from '../../backend/memory';
import { chooseLanguage } from '../../i18n';

let backend: MemoryBackend;
beforeEach(() => {
  backend = new MemoryBackend();
  backend.library.put({ id: 'talk', title: 'Talk', state: { kind: 'done' }, transcript: 't-talk', speakers: 2 });
});
afterEach(() => {
  cleanup();
  chooseLanguage('en');
});

const press = (key: string, more = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const item = (name: string | RegExp) => screen.getByRole('menuitem', { name });
const button = (name: string) => screen.getByRole('button', { name });
/** The options that a call was made with. */
function optionsOf(call: string | undefined): ExportOptions {
  return JSON.parse(call?.slice(call.indexOf('{')) ?? '{}') as ExportOptions;
}

async function openMenu() {
  render(App, { backend });
  await screen.findByRole('button', { name: /^Export/ });
  await press('e', { ctrlKey: true });
  await screen.findByRole('menu', { name: 'Export' });
}

describe('the export menu', () => {
  it('has every format of the program in its group, those that the page does not know among the data', async () => {
    backend.exports.list.push({ id: 'new', extension: 'new', name: 'Brand new', options: [] });
    await openMenu();
    const groups = screen.getAllByRole('group').map((g) => [g.getAttribute('aria-label'), within(g).queryAllByRole('menuitem').length]);
    expect(groups.slice(0, 4)).toEqual([['Documents', 6], ['Subtitles', 2], ['Table and data', 4], ['Research', 5]]);
    const letters = screen.getAllByRole('menuitem').flatMap((row) => row.getAttribute('aria-keyshortcuts') ?? []);
    expect(new Set(letters).size).toBe(letters.length);
    expect(letters).toHaveLength(16);
  });

  it('saves by one letter, with options chosen in the menu and behind it', async () => {
    await openMenu();
    item(/^PDF/).focus();
    await waitFor(() => expect(screen.getByRole('menuitemcheckbox', { name: 'Timestamps' }).getAttribute('aria-checked')).toBe('true'));
    await fireEvent.click(screen.getByRole('menuitemcheckbox', { name: 'Timestamps' }));
    await fireEvent.click(item('Options of PDF'));
    await fireEvent.change(screen.getByRole('combobox', { name: 'Paper' }), { target: { value: 'letter' } });
    await fireEvent.click(screen.getByRole('checkbox', { name: 'Line numbers' }));
    await fireEvent.click(screen.getByRole('checkbox', { name: 'Questions asked' }));
    await fireEvent.click(button('Done'));
    // The options were asked for on the way to a file: the menu is there again.
    await waitFor(() => expect(document.activeElement).toBe(item(/^PDF/)));
    await press('p');
    await waitFor(() => expect(backend.hub.calls.some((call) => call.startsWith('save t-talk pdf'))).toBe(true));
    const given = optionsOf(backend.hub.calls.find((call) => call.startsWith('save t-talk')));
    expect(given).toMatchObject({ timestamps: false, paper: 'letter', line_numbers: true, questions: true, actions: false, summary: false });
    expect(backend.program.settingsNow.preferences.exports.pdf).toEqual(given);
  });

  it('takes limits of subtitles that a cue can be made by, and no others', async () => {
    await openMenu();
    item(/^SubRip/).focus();
    await fireEvent.click(await screen.findByRole('menuitem', { name: 'Options of SubRip' }));
    const columns = screen.getByRole('spinbutton', { name: 'Characters in a line' });
    await fireEvent.change(columns, { target: { value: '37' } });
    expect(backend.program.settingsNow.preferences.exports.srt?.cues.columns).toBe(37);
    await fireEvent.change(columns, { target: { value: '4' } });
    expect(await screen.findByText('From 16 to 120.')).toBeTruthy();
    expect(backend.program.settingsNow.preferences.exports.srt?.cues.columns).toBe(37);
    await fireEvent.click(button('As usual'));
    expect(backend.program.settingsNow.preferences.exports.srt?.cues.columns).toBe(42);
    expect(screen.queryByText('From 16 to 120.')).toBeNull();
  });
});

describe('several formats', () => {
  it('go into one folder, and the person says what becomes of files that are there', async () => {
    backend.exports.there.add('t-talk.docx');
    await openMenu();
    await fireEvent.click(item('Several formats at once…'));
    await fireEvent.click(screen.getByRole('checkbox', { name: /^Word/ }));
    await fireEvent.click(button('Choose a folder…'));
    expect(await screen.findByText('1 file is there already')).toBeTruthy();
    expect(screen.getByText('t-talk.docx')).toBeTruthy();
    expect(backend.hub.calls.some((call) => call.startsWith('saveAll'))).toBe(false);
    await fireEvent.click(button('Replace it'));
    await waitFor(() => expect(backend.hub.calls.at(-1)).toMatch(/^saveAll t-talk pdf,docx .* replace$/));
    expect(await screen.findByText(/Saved 2 files/)).toBeTruthy();
  });

  it('are not written where the person calls it off at any question', async () => {
    backend.exports.there.add('t-talk.pdf');
    await openMenu();
    await fireEvent.click(item('Several formats at once…'));
    await fireEvent.click(button('Choose a folder…'));
    await screen.findByText('1 file is there already');
    await fireEvent.click(button('Cancel'));
    await waitFor(() => expect(screen.queryByText('1 file is there already')).toBeNull());
    expect(backend.hub.calls.some((call) => call.startsWith('saveAll'))).toBe(false);
  });
});

it('an empty transcript says so and asks before it is exported', async () => {
  backend.exports.doubts.set('t-talk', 'empty');
  await openMenu();
  await press('t');
  expect(await screen.findByText('“t-talk” has no words.')).toBeTruthy();
  await fireEvent.click(button('Cancel'));
  expect(backend.hub.calls.some((call) => call.startsWith('save '))).toBe(false);
  await press('e', { ctrlKey: true });
  await press('t');
  await fireEvent.click(await screen.findByRole('button', { name: 'Export anyway' }));
  await waitFor(() => expect(backend.hub.calls.some((call) => call.startsWith('save t-talk txt'))).toBe(true));
});
