import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../../App.svelte';
import { MemoryBackend } from '../../backend/memory';
import { machine } from '../../backend/memory/gauge';
import { chooseLanguage } from '../../i18n';

let backend: MemoryBackend;
beforeEach(() => {
  backend = new MemoryBackend();
});
afterEach(() => {
  cleanup();
  chooseLanguage('en');
});

const bar = () => screen.getByRole('contentinfo');
const meter = async (name: string) => (await within(bar()).findByRole('meter', { name })).getAttribute('aria-valuetext');
const opener = () => within(bar()).findByRole('button', { name: /show memory and load/ });
const panel = async () => {
  await waitFor(() => expect(within(bar()).getByRole('meter')).toBeTruthy());
  await fireEvent.click(await opener());
  return screen.findByRole('dialog', { name: 'What does the work' });
};
const text = (element: Element) => element.textContent?.replace(/\s+/g, ' ') ?? '';

describe('the gauge', () => {
  it('shows memory and load of this program where there is no card', async () => {
    render(App, { backend });
    expect(await meter('Memory that this program uses')).toBe('412 MB of 16.6 GB');
    expect(text(await opener())).toContain('Processor, 2 cores');
    const said = text(await panel());
    for (const part of ['412 MB of 16.6 GB', 'Processor load31 %', 'Processor load of this program, last 60 seconds', 'highest 31 %', 'No graphics card was found.']) {
      expect(said).toContain(part);
    }
  });

  it('says who takes the memory of the card, and what the card does', async () => {
    backend.program.gaugeNow = { ...machine('one card'), device: 'NVIDIA GeForce RTX 4070' };
    render(App, { backend });
    expect(await meter('Memory of NVIDIA GeForce RTX 4070')).toBe('this program 3.1 GB · others 3.7 GB · free 5.2 GB');
    const said = text(await panel());
    for (const part of ['87 % busy', '64 °C', '142 W', '12.0 GB of memory · Driver 580.95.05 · Compute capability 8.9', 'This program3.1 GB', 'Other programs3.7 GB', 'Free5.2 GB', 'highest 6.8 GB']) {
      expect(said).toContain(part);
    }
  });

  it('tells the card from the processor that works beside it', async () => {
    backend.program.gaugeNow = { ...machine('one card'), device: 'Processor, 8 threads' };
    render(App, { backend });
    expect(await meter('Memory of NVIDIA GeForce RTX 4070')).toContain('others 3.7 GB');
    expect(text(await opener())).toContain('Processor, 8 threads');
    expect(within(bar()).getByText('NVIDIA GeForce RTX 4070')).toBeTruthy();
  });

  it('shows every card, what is not told left out', async () => {
    backend.program.gaugeNow = machine('four cards');
    render(App, { backend });
    const all = await panel();
    const of = (name: string) => text(within(all).getByRole('region', { name }));
    expect(within(all).getAllByRole('heading', { level: 3 })).toHaveLength(5);
    expect(of('Intel UHD Graphics 770')).toContain('In use900 MB');
    expect(of('Intel UHD Graphics 770')).toContain('Shares the computer’s memory.');
    expect(of('Intel UHD Graphics 770')).not.toMatch(/This program|°C|Compute capability/);
    expect(of('NVIDIA GeForce GTX 970')).toContain('too old to be read. Install a newer one.');
    expect(of('NVIDIA GeForce GTX 970')).not.toMatch(/Free|GB/);
    expect(within(bar()).getByText('Graphics card not readable')).toBeTruthy();
  });

  it('says that a card is lost and goes on with the memory of this program', async () => {
    backend.program.gaugeNow = machine('lost card');
    render(App, { backend });
    expect(await meter('Memory that this program uses')).toBe('412 MB of 16.6 GB');
    expect(within(bar()).getByText('Graphics card not readable')).toBeTruthy();
    expect(text(await panel())).toContain('The graphics card does not answer any more. Restart the computer.');
  });

  it('follows while the panel is open, and gives the focus back', async () => {
    backend.program.gaugeNow = machine('one card');
    render(App, { backend });
    const open = await panel();
    expect(document.activeElement).toBe(open);
    backend.program.gaugeNow = machine('lost card');
    await waitFor(() => expect(text(open)).toContain('does not answer any more'), { timeout: 5_000 });
    await fireEvent.keyDown(open, { key: 'Escape' });
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(document.activeElement).toBe(await opener());
    await panel();
    await fireEvent.pointerDown(document.body);
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('speaks German', async () => {
    backend.program.settingsNow.preferences.interface_language = 'de';
    backend.program.gaugeNow = machine('one card');
    render(App, { backend });
    expect(await meter('Speicher von NVIDIA GeForce RTX 4070')).toBe('dieses Programm 3,1 GB · andere 3,7 GB · frei 5,2 GB');
  });

  it('puts no changing value where it would be read aloud', async () => {
    backend.program.gaugeNow = machine('one card');
    render(App, { backend });
    const open = await panel();
    expect(bar().querySelector('[aria-live], [role=status], [role=alert]')).toBeNull();
    expect(text(await opener())).not.toMatch(/\d GB/);
    expect(open.closest('[aria-live]')).toBeNull();
  });
});
