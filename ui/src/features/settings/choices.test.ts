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

const open = async (name: string) => {
  render(App, { backend });
  await fireEvent.keyDown(window, { key: ',', code: 'Comma', ctrlKey: true });
  await fireEvent.click(await screen.findByRole('button', { name }));
  return within(await screen.findByRole('region', { name }));
};

describe('settings', () => {
  it('say what becomes of channels', async () => {
    const page = await open('Transcribing');
    const channels = await page.findByRole<HTMLSelectElement>('combobox', { name: 'Channels with people of their own' });
    expect(channels.value).toBe('auto');
    await fireEvent.change(channels, { target: { value: 'split' } });
    await waitFor(() => expect(backend.program.settingsNow.job.channels).toBe('split'));
  });

  it('say with every control what it does', async () => {
    let described = 0;
    for (const name of ['General', 'Transcribing', 'Storage and privacy']) {
      const page = await open(name);
      await waitFor(() => expect(page.queryAllByRole('switch').length).toBeGreaterThan(0));
      const kinds = ['switch', 'combobox', 'spinbutton', 'slider', 'textbox'];
      for (const control of kinds.flatMap((kind) => page.queryAllByRole(kind))) {
        const text = document.getElementById(`${control.id}-text`);
        if (!text) continue;
        expect(control.getAttribute('aria-describedby')).toBe(text.id);
        described += 1;
      }
      cleanup();
    }
    expect(described).toBeGreaterThan(8);
  });

  it('keep recordings as FLAC only where that is switched on', async () => {
    const page = await open('Storage and privacy');
    const flac = await page.findByRole<HTMLInputElement>('switch', { name: 'Keep recordings as FLAC' });
    expect(flac.checked).toBe(false);
    await fireEvent.click(flac);
    await waitFor(() => expect(backend.program.settingsNow.preferences.record_flac).toBe(true));
  });
});
