import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../../App.svelte';
import type { Recording } from '../../backend';
import { MemoryBackend } from '../../backend/memory';
import { marks } from './marks';

let backend: MemoryBackend;
beforeEach(() => {
  backend = new MemoryBackend();
});
afterEach(cleanup);

const put = (id: string, facts: Partial<Recording> = {}) =>
  backend.library.put({ id, title: `Talk ${id}`, file_name: `${id}.wav`, state: { kind: 'done' }, transcript: `t-${id}`, ...facts });
const row = (name: RegExp) => within(screen.getByRole('navigation')).findByRole('button', { name });
const press = (key: string, more = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const focused = () => document.activeElement?.textContent ?? '';
const rename = () => waitFor(() => screen.getByRole<HTMLInputElement>('textbox', { name: /^New name/ }));

describe('the library', () => {
  it('is walked through by keys and by the first letters of a title', async () => {
    for (const id of ['c', 'b', 'a']) put(id, { title: { a: 'Apple', b: 'Banana', c: 'Cherry' }[id] ?? id });
    render(App, { backend });
    (await row(/Apple/)).focus();
    await press('ArrowDown');
    await waitFor(() => expect(focused()).toContain('Banana'));
    await press('End');
    await waitFor(() => expect(focused()).toContain('Cherry'));
    await press('a');
    await waitFor(() => expect(focused()).toContain('Apple'));
    await press('c');
    await waitFor(() => expect(focused()).toContain('Cherry'));
  });

  it('renames in place; Escape leaves the name as it was', async () => {
    put('a');
    render(App, { backend });
    (await row(/Talk a/)).focus();
    await press('F2');
    await fireEvent.input(await rename(), { target: { value: 'New name' } });
    await press('Escape');
    expect(backend.hub.calls).toEqual([]);
    await waitFor(() => expect(focused()).toContain('Talk a'));
    await press('F2');
    await fireEvent.input(await rename(), { target: { value: ' Minutes ' } });
    await press('Enter');
    await waitFor(() => expect(backend.hub.calls).toEqual(['rename a Minutes']));
    expect(await row(/Minutes/)).toBeTruthy();
  });

  it('removes with a way back, says what goes, and hands the focus on', async () => {
    put('a');
    put('b', { copied: true });
    render(App, { backend });
    (await row(/Talk b/)).focus();
    await press('Delete');
    expect(await screen.findByText(/Removed “Talk b”. The transcript and the library’s copy go with it. The original file stays./)).toBeTruthy();
    await waitFor(() => expect(focused()).toContain('Talk a'));
    await fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
    expect(await row(/Talk b/)).toBeTruthy();
    expect(backend.hub.calls).toEqual(['remove b', 'restore b']);
  });

  it('selects several and exports them together', async () => {
    put('a');
    put('b');
    put('c', { transcript: null, state: { kind: 'none' } });
    render(App, { backend });
    await fireEvent.click(await row(/Talk a/));
    await fireEvent.click(await row(/Talk c/), { shiftKey: true });
    expect(screen.getByText('3 selected')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Export…' }));
    expect(await screen.findByText('1 recording has no transcript and is left out.')).toBeTruthy();
    await fireEvent.click(screen.getByRole('checkbox', { name: /^PDF/ }));
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Choose a folder…' }).disabled).toBe(true);
    await fireEvent.click(screen.getByRole('checkbox', { name: /^SubRip/ }));
    await fireEvent.click(screen.getByRole('checkbox', { name: /^JSON/ }));
    await fireEvent.click(screen.getByRole('button', { name: 'Choose a folder…' }));
    await waitFor(() => expect(backend.hub.calls.some((call) => call.startsWith('saveAll t-b,t-a srt,json'))).toBe(true));
  });

  it('says that a file was moved and asks where it is', async () => {
    put('a', { missing: true });
    render(App, { backend });
    const missing = await row(/The file was moved/);
    await fireEvent.contextMenu(missing);
    await fireEvent.click(await screen.findByRole('menuitem', { name: 'Locate the file…' }));
    await waitFor(() => expect(backend.hub.calls).toEqual(['locate a']));
    await waitFor(() => expect(screen.queryByText('The file was moved')).toBeNull());
  });

  it('draws only the rows in view of a long list', async () => {
    for (let i = 0; i < 1000; i++) put(`r${i}`);
    render(App, { backend });
    const first = await row(/Talk r999/);
    const items = within(screen.getByRole('navigation')).getAllByRole('listitem');
    expect(items.length).toBeLessThan(60);
    expect(first.closest('li')?.getAttribute('aria-setsize')).toBe('1000');
    first.focus();
    await press('End');
    await waitFor(() => expect(focused()).toContain('Talk r0'));
  });

  it('is searched: hits with their words marked open at the second', async () => {
    put('a');
    const hit = { recording: 'a', title: 'Talk a', transcript: 't-a', utterance: 7, start_ms: 72_000, text: 'Who owned the tankers?' };
    backend.library.hits = [hit];
    render(App, { backend });
    await row(/Talk a/);
    await press('F', { ctrlKey: true, shiftKey: true });
    const field = screen.getByRole<HTMLInputElement>('searchbox');
    await waitFor(() => expect(document.activeElement).toBe(field));
    await fireEvent.input(field, { target: { value: 'tank' } });
    const found = await row(/1:12/);
    expect(found.querySelector('mark')?.textContent).toBe('tankers');
    await fireEvent.input(field, { target: { value: 'zebra' } });
    expect(await screen.findByText(/Nothing found for “zebra”./)).toBeTruthy();
    await press('Escape');
    expect(await row(/Talk a/)).toBeTruthy();
  });
});

describe('marks', () => {
  const marked = (text: string, query: string) =>
    marks(text, query).map((piece) => (piece.marked ? `[${piece.text}]` : piece.text)).join('');

  it('stand at words that begin with what was looked for, without case and accents', () => {
    expect(marked('Im Café gab es Kaffee.', 'cafe')).toBe('Im [Café] gab es Kaffee.');
    expect(marked('The tankers and a tank', '"the tank" and')).toBe('[The] [tankers] [and] a [tank]');
    expect(marked('nothing here', 'zebra')).toBe('nothing here');
  });

  it('are brought into sight in a long text', () => {
    expect(marked(`${'word '.repeat(40)}zebra`, 'zebra')).toMatch(/^… (word ){5,9}\[zebra\]$/);
  });
});
