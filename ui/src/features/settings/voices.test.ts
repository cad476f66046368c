import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../../App.svelte';
import { MemoryBackend } from '../../backend/memory';

let backend: MemoryBackend;
beforeEach(() => {
  Object.defineProperty(window, 'innerWidth', { value: 1280, configurable: true });
  window.dispatchEvent(new Event('resize'));
  backend = new MemoryBackend();
});
afterEach(cleanup);

const open = async () => {
  render(App, { backend });
  await fireEvent.keyDown(window, { key: ',', code: 'Comma', ctrlKey: true });
  await fireEvent.click(await screen.findByRole('button', { name: 'Voices' }));
  return within(await screen.findByRole('region', { name: 'Voices' }));
};
const names = async () => (await backend.voices.list()).map((voice) => voice.name);

describe('voices', () => {
  it('are remembered only where that is switched on', async () => {
    const page = await open();
    const on = await page.findByRole<HTMLInputElement>('switch', { name: 'Remember voices' });
    expect(on.checked).toBe(false);
    expect(page.getByText('No voice is remembered.')).toBeTruthy();
    await fireEvent.click(on);
    await waitFor(() => expect(backend.program.settingsNow.preferences.remember_voices).toBe(true));
  });

  it('are listed, made one by name, and deleted for good after a question', async () => {
    backend.voices.learn('Anna', 'low');
    backend.voices.learn('Ana', 'lower');
    const page = await open();
    await fireEvent.change(await page.findByRole('textbox', { name: 'Name of Ana' }), { target: { value: 'Anna' } });
    expect(await page.findByText(/^2 recordings · 48 s of speech/)).toBeTruthy();
    expect(await names()).toEqual(['Anna']);
    await fireEvent.click(page.getByRole('button', { name: 'Forget Anna' }));
    expect(await names()).toEqual(['Anna']);
    await fireEvent.click(page.getByRole('button', { name: 'Delete the voice of Anna for good' }));
    expect(await page.findByText('No voice is remembered.')).toBeTruthy();
    expect(await names()).toEqual([]);
  });

  it('come from and go to files', async () => {
    backend.voices.nextImport = [{ name: 'Bo', sound: 'high' }];
    backend.voices.nextFolder = '/exports';
    const page = await open();
    await fireEvent.click(await page.findByRole('button', { name: 'Import…' }));
    expect(await page.findByRole('textbox', { name: 'Name of Bo' })).toBeTruthy();
    await fireEvent.click(page.getByRole('button', { name: 'Export…' }));
    expect(await screen.findByText('Written: /exports/voices.json')).toBeTruthy();
  });
});
