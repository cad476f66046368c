import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../../App.svelte';
import type { LeftRecording } from '../../backend';
import { MemoryBackend } from '../../backend/memory';
import { notice } from '../../backend/memory/hub';
import { chooseLanguage } from '../../i18n';

let backend: MemoryBackend;
beforeEach(() => {
  backend = new MemoryBackend();
  backend.recorder.clock = false;
});
afterEach(() => {
  cleanup();
  chooseLanguage('en');
});

const button = (name: string | RegExp) => screen.findByRole('button', { name });
const click = async (name: string | RegExp) => fireEvent.click(await button(name));
const press = (key: string, more = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const focusNothing = () => (document.activeElement as HTMLElement | null)?.blur();
const calls = () => backend.hub.calls.filter((call) => call !== 'saveSettings');
const toRecorder = async () => {
  await screen.findByText('Drop recordings here');
  await press('r', { ctrlKey: true });
  await screen.findByText('Ready to record');
};
const toRecording = async () => {
  await toRecorder();
  await press('r', { ctrlKey: true });
  await screen.findByText('Recording', { selector: 'strong' });
};

describe('the recorder', () => {
  it('opens the microphone before it records, and lets it go when the person leaves', async () => {
    render(App, { backend });
    await toRecorder();
    await waitFor(() => expect(calls()).toEqual(['ready {"input":null,"system":null}']));
    expect(await screen.findByRole('meter', { name: 'Level' })).toBeTruthy();
    await fireEvent.change(screen.getByRole('combobox', { name: 'Microphone' }), { target: { value: 'headset' } });
    await fireEvent.change(screen.getByRole('combobox', { name: 'Sound of this computer' }), { target: { value: 'monitor' } });
    await waitFor(() => expect(calls().at(-1)).toBe('ready {"input":"headset","system":"monitor"}'));
    await press('r', { ctrlKey: true });
    await waitFor(() => expect(screen.getByRole<HTMLSelectElement>('combobox', { name: 'Sound of this computer' }).disabled).toBe(true));
    await press('r', { ctrlKey: true });
    await screen.findByText(/^Recorded/);
    await press('r', { ctrlKey: true });
    await screen.findByText('Ready to record');
    expect(backend.program.settingsNow.preferences.sources).toEqual({ input: 'headset', system: 'monitor' });
    await press('F1');
    await waitFor(() => expect(calls().at(-1)).toBe('ready null'));
    expect(backend.recorder.now.input).toBeNull();
  });

  it('records, pauses, goes on and stops by keys; what was recorded is transcribed under its name', async () => {
    render(App, { backend });
    await toRecording();
    backend.recorder.advance(12_300);
    expect(screen.queryByRole('combobox', { name: 'Sound of this computer' })).toBeNull();
    expect((await screen.findByRole('timer')).textContent?.trim()).toBe('00:00:12');
    await fireEvent.click(screen.getByTitle('Name of the recording'));
    const field = screen.getByRole('textbox', { name: 'Name of the recording' });
    await fireEvent.input(field, { target: { value: 'Greta, notebooks' } });
    await fireEvent.keyDown(field, { key: 'Enter' });
    focusNothing();
    await press(' ');
    await screen.findByText('Paused', { selector: 'strong' });
    backend.recorder.advance(5_000);
    await press(' ');
    await screen.findByText('Recording', { selector: 'strong' });
    expect(screen.getByText('00:00:12: paused for 00:00:05')).toBeTruthy();
    await press('r', { ctrlKey: true });
    expect(await screen.findByText('Recorded 00:00:12.')).toBeTruthy();
    expect(calls().filter((call) => !call.startsWith('ready'))).toEqual(['record {"input":null,"system":null}', 'pauseRecording', 'resumeRecording', 'stopRecording']);
    expect(backend.library.recordings[0]).toMatchObject({ title: 'Greta, notebooks', duration_ms: 12_300, state: { kind: 'waiting' } });
  });

  it('begins and ends once, however often the key is pressed', async () => {
    render(App, { backend });
    await toRecorder();
    await Promise.all([press('r', { ctrlKey: true }), press('r', { ctrlKey: true })]);
    await screen.findByText('Recording', { selector: 'strong' });
    focusNothing();
    await Promise.all([press('r', { ctrlKey: true }), press('r', { ctrlKey: true })]);
    await screen.findByText(/^Recorded 00:00:00/);
    expect(calls().filter((call) => /record/i.test(call))).toEqual(['record {"input":null,"system":null}', 'stopRecording']);
    expect(screen.queryByText('Nothing is being recorded.')).toBeNull();
  });

  it('marks the moment at which the key was pressed, with a note that is typed meanwhile', async () => {
    render(App, { backend });
    await toRecording();
    backend.recorder.advance(61_000);
    focusNothing();
    await press('m');
    const note = await screen.findByRole('textbox', { name: 'Note at 1 minute 1 second' });
    await waitFor(() => expect(document.activeElement).toBe(note));
    backend.recorder.advance(4_000);
    // Letters and the space bar are typed, not commands.
    await press('m');
    await press(' ');
    await fireEvent.input(note, { target: { value: 'Names the contractor' } });
    await fireEvent.keyDown(note, { key: 'Enter' });
    expect(await button('Names the contractor')).toBeTruthy();
    expect(backend.recorder.now.markers).toEqual([{ id: 1, at_ms: 61_000, note: 'Names the contractor' }]);
    expect(backend.recorder.now.phase).toBe('recording');
  });

  it('discards only after a question, and brings it back', async () => {
    render(App, { backend });
    await toRecording();
    backend.recorder.advance(3_000);
    await click('Discard…');
    await click('Keep recording');
    expect(backend.recorder.now.phase).toBe('recording');
    await click('Discard…');
    await click('Discard');
    expect(await screen.findByText('Discarded. It can be brought back for a day.')).toBeTruthy();
    expect(backend.library.recordings).toEqual([]);
    await click('Undo');
    await waitFor(() => expect(backend.library.recordings).toHaveLength(1));
    expect(backend.recorder.remains).toEqual([]);
  });

  it('shows what is heard as what it is: a preview whose last words may change', async () => {
    render(App, { backend });
    await toRecording();
    for (let i = 0; i < 120; i++) backend.recorder.advance(100);
    const preview = await screen.findByRole('region', { name: 'Preview', hidden: false });
    expect(preview.textContent).toContain('Then the council');
    expect(preview.textContent).toContain('(may still change)');
    expect(screen.getByText(/the full transcript replaces all of it/)).toBeTruthy();
  });

  it('is shown by the status bar and the library wherever the person is', async () => {
    render(App, { backend });
    await toRecording();
    backend.recorder.advance(65_000);
    await press('F1');
    await screen.findByRole('heading', { name: 'Keyboard' });
    expect(document.title).toBe('Recording – SecureTranscribe');
    await click(/^Recording 00:01:05 · preview with Base/);
    expect(await screen.findByText('Stop and transcribe')).toBeTruthy();
  });

  it('goes on where it was when the page begins anew', async () => {
    backend.recorder.set({ phase: 'paused', started_at: '2026-03-18T13:51:00Z', elapsed_ms: 754_000, saved_ms: 754_000, input: 'mic' });
    render(App, { backend });
    await click(/^Recording paused at 00:12:34/);
    expect(await button(/Go on/)).toBeTruthy();
  });
});

describe('trouble while recording', () => {
  it('is said in place and aloud: once, without the figures that change', async () => {
    render(App, { backend });
    await toRecording();
    backend.recorder.set({ warnings: [{ kind: 'no_signal', since_ms: 5_000, cause: 'unknown' }] });
    expect(await screen.findByText('No sound for 5 seconds.')).toBeTruthy();
    const aloud = () => screen.getAllByRole('alert').map((e) => e.textContent?.trim()).join('');
    await waitFor(() => expect(aloud()).toContain('No sound for 5 seconds. Is the microphone muted'));
    backend.recorder.set({ warnings: [{ kind: 'no_signal', since_ms: 9_000, cause: 'unknown' }] });
    expect(await screen.findByText('No sound for 9 seconds.')).toBeTruthy();
    expect(aloud()).toContain('No sound for 5 seconds.');
    backend.recorder.set({ warnings: [] });
    await waitFor(() => expect(aloud()).toBe(''));
  });

  it('says what happened to the microphone, and goes on with another that the person chooses', async () => {
    render(App, { backend });
    await toRecording();
    backend.recorder.plug(backend.recorder.devices.filter((d) => d.id !== 'mic'));
    backend.recorder.set({ phase: 'waiting', input: null, warnings: [{ kind: 'device_gone', name: 'RØDE NT-USB Mini', at_ms: 754_000 }] });
    expect(await screen.findByText('“RØDE NT-USB Mini” went away at 00:12:34.')).toBeTruthy();
    expect(screen.getByText('Waiting for a microphone')).toBeTruthy();
    await fireEvent.change(screen.getByRole('combobox', { name: 'Microphone' }), { target: { value: 'headset' } });
    await waitFor(() => expect(calls()).toContain('use headset'));
  });

  it('says where the microphone may not be heard, and tries again', async () => {
    backend.recorder.problem = notice('Not allowed.', null, 'no_permission');
    render(App, { backend });
    await screen.findByText('Drop recordings here');
    await press('r', { ctrlKey: true });
    expect(await screen.findByText('This program may not hear the microphone.')).toBeTruthy();
    expect((await button('Record Ctrl R') as HTMLButtonElement).disabled).toBe(true);
    backend.recorder.problem = null;
    await click('Try again');
    await waitFor(() => expect(screen.queryByText('This program may not hear the microphone.')).toBeNull());
  });

  it('says why a recording ended by itself, and keeps it under its name', async () => {
    render(App, { backend });
    await toRecording();
    await fireEvent.click(screen.getByTitle('Name of the recording'));
    await fireEvent.input(screen.getByRole('textbox', { name: 'Name of the recording' }), { target: { value: 'Greta' } });
    await fireEvent.keyDown(screen.getByRole('textbox', { name: 'Name of the recording' }), { key: 'Enter' });
    backend.recorder.end(notice('The disk is full.', 'Everything up to there is kept.'));
    expect(await screen.findByText('The disk is full.')).toBeTruthy();
    await waitFor(() => expect(backend.library.recordings[0]?.title).toBe('Greta'));
    expect(screen.queryByText('Recording', { selector: 'strong' })).toBeNull();
  });

  it('says why a recording is not transcribed', async () => {
    backend.recorder.untranscribed = notice('The model “Base” is not on this computer.', 'Download it.', 'model_missing');
    render(App, { backend });
    await toRecording();
    await click(/^Stop and transcribe/);
    expect(await screen.findByText('The model “Base” is not on this computer.')).toBeTruthy();
    expect(await screen.findByText('Recorded 00:00:00.')).toBeTruthy();
  });

  it('keeps the recording where stopping fails, and says why', async () => {
    render(App, { backend });
    await toRecording();
    backend.hub.refusals.set('stopRecording', notice('The disk is full.', 'Free some space.'));
    await click(/^Stop and transcribe/);
    expect(await screen.findByText('The disk is full.')).toBeTruthy();
    expect(backend.recorder.now.phase).toBe('recording');
  });
});

describe('closing while recording', () => {
  it('asks, and either goes on or keeps everything and ends', async () => {
    render(App, { backend });
    await toRecording();
    backend.recorder.advance(65_000);
    backend.emit({ kind: 'closing', running: 0 });
    expect(await screen.findByText('A recording is running')).toBeTruthy();
    await click('Keep recording');
    expect(backend.recorder.now.phase).toBe('recording');
    await press('q', { ctrlKey: true });
    await click('Stop and quit');
    await waitFor(() => expect(calls().slice(-2)).toEqual(['stopRecording', 'quit']));
  });
});

describe('recordings that were interrupted', () => {
  const left = (id: string, discarded_at: string | null = null): LeftRecording => ({
    id, started_at: '2026-03-18T13:51:00Z', duration_ms: 2_890_000, bytes: 416_160_000, path: `/data/recordings/${id}.wav`, discarded_at,
  });

  it('are offered at the start: kept, discarded or put off', async () => {
    backend.recorder.remains = [left('a'), left('b'), left('c')];
    render(App, { backend });
    expect(await screen.findByText('3 recordings were interrupted')).toBeTruthy();
    const first = async (name: RegExp) => fireEvent.click((await screen.findAllByRole('button', { name }))[0]!);
    await first(/^Keep the recording/);
    expect(await screen.findByText('2 recordings were interrupted')).toBeTruthy();
    await first(/^Discard the recording/);
    expect(await screen.findByText('A recording was interrupted')).toBeTruthy();
    await click('Later');
    expect(screen.queryByText('A recording was interrupted')).toBeNull();
    expect(calls()).toEqual(['adopt a', 'discardLeft b']);
    expect(backend.library.recordings).toHaveLength(1);
    // They wait where recordings are made.
    await press('r', { ctrlKey: true });
    expect(await screen.findByText('Interrupted or discarded')).toBeTruthy();
    await first(/^Bring back/);
    await waitFor(() => expect(calls()).toContain('undoDiscard b'));
  });

  it('are not asked about where only discarded ones are left', async () => {
    backend.recorder.remains = [left('a', '2026-03-18T14:00:00Z')];
    render(App, { backend });
    await toRecorder();
    expect(screen.queryByText('A recording was interrupted')).toBeNull();
    expect(await screen.findByText('Interrupted or discarded')).toBeTruthy();
  });
});
