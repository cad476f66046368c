import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from './App.svelte';
import type { Recording, RecordingState } from './backend';
import { MemoryBackend } from './backend/memory';
import { notice } from './backend/memory/hub';
import { chooseLanguage } from './i18n';

let backend: MemoryBackend;
beforeEach(() => {
  backend = new MemoryBackend();
});
afterEach(() => {
  cleanup();
  chooseLanguage('en');
});

const running = (fraction: number, more = {}): RecordingState => ({
  kind: 'running', stage: 'transcribe', fraction, stage_fraction: fraction, seconds_left: 250, speed: 14.2, device: 'CPU', ...more,
});
const done = (facts: Partial<Recording>) => backend.library.put({ state: { kind: 'done' }, transcript: `t-${facts.id}`, speakers: 2, ...facts });
const click = async (name: string | RegExp) => fireEvent.click(await screen.findByRole('button', { name }));
const press = (key: string, more = {}) => fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });

describe('the first screen', () => {
  it('invites to drop while the library is empty and says what is ready', async () => {
    render(App, { backend });
    expect(await screen.findByRole('heading', { name: 'Drop recordings here' })).toBeTruthy();
    expect(screen.getByText('Speech to text: Base')).toBeTruthy();
    expect(screen.getByText('Offline · 0 bytes sent')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /Queue/ })).toBeNull();
  });

  it('fetches the model that is missing, shows how far it is, and is ready then', async () => {
    backend.program.statusNow.checks[0] = { what: 'speech', ready: false, name: '', bytes: null };
    backend.models.moveTo('base', { kind: 'absent' });
    render(App, { backend });
    await click('Download 148 MB: Base');
    expect(backend.hub.calls).toContain('download base');
    backend.models.moveTo('base', { kind: 'downloading', done: 74_000_000, total: 147_951_465 });
    expect((await screen.findByRole('progressbar')).getAttribute('aria-valuetext')).toBe('74 MB of 148 MB');
    expect(screen.getByText('Downloading Base · 50 %')).toBeTruthy();
    await click('Pause the download of Base');
    await click('Go on with the download of Base');
    backend.program.statusNow.checks[0] = { what: 'speech', ready: true, name: 'Base', bytes: 147_951_465 };
    backend.models.moveTo('base', { kind: 'ready' });
    expect(await screen.findByText('On this computer. 148 MB.')).toBeTruthy();
  });

  it('takes a model from a file', async () => {
    backend.program.statusNow.checks[0] = { what: 'speech', ready: false, name: '', bytes: null };
    backend.models.moveTo('base', { kind: 'absent' });
    backend.models.nextImport = 'base';
    render(App, { backend });
    await click('From a file…');
    await waitFor(() => expect(backend.hub.calls).toContain('importFile'));
  });
});

describe('adding recordings', () => {
  it('goes by the dialog, and the job is followed to its transcript', async () => {
    render(App, { backend });
    backend.library.nextChoice = ['/tmp/talk.wav'];
    await click(/Choose files/);
    expect(await screen.findByRole('heading', { name: 'Queue' })).toBeTruthy();
    backend.move('r1', running(0.43));
    const bar = await screen.findByRole('progressbar');
    expect(bar.getAttribute('aria-valuetext')).toBe('Writing text · 43 %');
    expect(screen.getByText('about 4 min left · 14× real time')).toBeTruthy();
    Object.assign(backend.library.recordings[0] ?? {}, { transcript: 't1', speakers: 2 });
    backend.move('r1', { kind: 'done' });
    await click('Open “talk”');
    expect(await screen.findByRole('heading', { name: 'talk' })).toBeTruthy();
  });

  it('says why a file was refused, and closes the notice', async () => {
    render(App, { backend });
    backend.library.nextChoice = ['/tmp/notes.pdf'];
    await click(/Choose files/);
    expect(await screen.findByText('“notes.pdf” is not audio or video.')).toBeTruthy();
    await click('Close this notice');
    expect(screen.queryByText('“notes.pdf” is not audio or video.')).toBeNull();
  });

  it('closes many notices at once', async () => {
    render(App, { backend });
    backend.library.nextChoice = ['/tmp/a.pdf', '/tmp/b.pdf', '/tmp/c.pdf'];
    await click(/Choose files/);
    await click('Close all notices');
    expect(screen.queryByText(/is not audio or video/)).toBeNull();
  });

  it('offers what is in the library already instead of doing it twice', async () => {
    done({ id: 'a', file_name: 'talk.wav', title: 'Old talk' });
    render(App, { backend });
    await screen.findByRole('heading', { name: 'Old talk' });
    backend.emit({ kind: 'drop', paths: ['/else/talk.wav'] });
    expect(await screen.findByText('“talk.wav” is in the library already as “Old talk”.')).toBeTruthy();
    await click('Transcribe again');
    expect(backend.hub.calls.at(-1)).toBe('add /else/talk.wav true');
    expect(await screen.findByText('1 added')).toBeTruthy();
  });

  it('veils the whole window while files are dragged over it', async () => {
    render(App, { backend });
    await screen.findByText('Drop recordings here');
    backend.emit({ kind: 'drag', files: 3 });
    expect(await screen.findByText('Drop 3 files to transcribe them')).toBeTruthy();
    backend.emit({ kind: 'drop', paths: ['/tmp/talk.wav', '/tmp/notes.pdf'] });
    expect(await screen.findByRole('heading', { name: 'Queue' })).toBeTruthy();
    expect(screen.getByText('“notes.pdf” is not audio or video.')).toBeTruthy();
    expect(screen.queryByText(/^Drop \d/)).toBeNull();
  });

  describe('by pasting', () => {
    /** Pastes as a web view does: what the clipboard holds, by type. Says whether the page took it. */
    const paste = (held: Record<string, string>) => {
      const event = new Event('paste', { bubbles: true, cancelable: true });
      Object.assign(event, { clipboardData: { types: Object.keys(held), getData: (type: string) => held[type] ?? '' } });
      (document.activeElement ?? document.body).dispatchEvent(event);
      return event.defaultPrevented;
    };
    beforeEach(async () => {
      render(App, { backend });
      await screen.findByText('Drop recordings here');
    });

    it('takes files, and leaves words alone', async () => {
      expect(paste({ 'text/plain': 'just words' })).toBe(false);
      expect(paste({ 'text/plain': 'file:///tmp/a%20talk.wav\nfile:///tmp/b.wav' })).toBe(true);
      await waitFor(() => expect(backend.hub.calls).toEqual(['add /tmp/a talk.wav,/tmp/b.wav false']));
    });

    it('asks the program for files whose paths the web view hides', async () => {
      backend.program.copied = ['/tmp/c.wav'];
      expect(paste({ Files: '' })).toBe(true);
      await waitFor(() => expect(backend.hub.calls).toEqual(['add /tmp/c.wav false']));
      backend.program.copied = ['/tmp/d.wav'];
      expect(paste({ 'text/uri-list': '' })).toBe(true);
      await waitFor(() => expect(backend.hub.calls.at(-1)).toBe('add /tmp/d.wav false'));
    });

    it('asks for no files where the paths are known, and adds none where there are none', async () => {
      let asked = 0;
      backend.program.copiedFiles = async () => {
        asked += 1;
        return [];
      };
      paste({ Files: '', 'text/uri-list': 'file:///tmp/e.wav' });
      await waitFor(() => expect(backend.hub.calls).toEqual(['add /tmp/e.wav false']));
      expect(asked).toBe(0);
      paste({ Files: '' });
      await waitFor(() => expect(asked).toBe(1));
      expect(backend.hub.calls).toHaveLength(1);
    });

    it('leaves a field what is pasted into it', async () => {
      backend.program.copied = ['/tmp/f.wav'];
      const field = document.body.appendChild(document.createElement('textarea'));
      field.focus();
      expect(paste({ Files: '', 'text/plain': 'file:///tmp/f.wav' })).toBe(false);
      field.remove();
      expect(backend.hub.calls).toEqual([]);
    });
  });
});

describe('the queue', () => {
  it('stops a job, goes on with it, and pauses it', async () => {
    backend.library.put({ file_name: 'talk.wav', state: running(0.2) });
    render(App, { backend });
    await click('Stop “talk”');
    await click('Continue');
    backend.move('r1', running(0.3));
    await click('Pause “talk”');
    await click('Go on with all');
    expect(backend.hub.calls).toEqual(['cancel r1', 'resume r1', 'pause r1', 'resume r1']);
  });

  it('says what failed and offers to try again or remove, with a way back', async () => {
    backend.library.put({ file_name: 'a.mp4', state: { kind: 'failed', notice: notice('This video has no sound track.') } });
    backend.library.put({ file_name: 'b.wav', state: { kind: 'waiting' } });
    render(App, { backend });
    expect(await screen.findAllByText('This video has no sound track.', { exact: false })).not.toHaveLength(0);
    await click('Remove');
    await click('Undo');
    await click('Try again');
    expect(backend.hub.calls).toEqual(['remove r1', 'restore r1', 'resume r1']);
  });

  it('offers what helps: the model that is missing, the file that was moved, and no second try for a file without sound', async () => {
    const failed = (file_name: string, code: string, more = {}) =>
      backend.library.put({ file_name, state: { kind: 'failed', notice: notice('No.', null, code) }, ...more });
    failed('a.wav', 'model_missing');
    backend.models.moveTo('base', { kind: 'absent' });
    render(App, { backend });
    await screen.findByRole('heading', { name: 'Queue' });
    await click('Download 148 MB: Base');
    backend.models.moveTo('base', { kind: 'ready' });
    await click('Try again');
    failed('b.mp4', 'no_sound_track');
    failed('c.wav', 'file_not_found', { missing: true });
    backend.emit({ kind: 'library' });
    await click('Locate the file…');
    expect(backend.hub.calls).toEqual(['download base', 'resume r1', 'locate r3']);
    expect(screen.getAllByRole('button', { name: 'Try again' })).toHaveLength(1);
  });

  it('puts waiting jobs into another order by keys', async () => {
    for (const [i, name] of ['a', 'b', 'c'].entries()) {
      backend.library.put({ file_name: `${name}.wav`, position: i + 1, state: { kind: 'waiting' } });
    }
    render(App, { backend });
    const row = await screen.findByRole('button', { name: 'More about “c”' });
    await fireEvent.keyDown(row, { key: 'ArrowUp', altKey: true });
    await waitFor(() => expect(backend.hub.calls).toEqual(['move r3 r2']));
    const names = () => within(screen.getByRole('main')).getAllByRole('heading', { level: 2 }).map((h) => h.textContent);
    await waitFor(() => expect(names()).toEqual(['a.wav', 'c.wav', 'b.wav']));
    await fireEvent.keyDown(screen.getByRole('button', { name: 'More about “a”' }), { key: 'ArrowUp', altKey: true });
    expect(backend.hub.calls).toHaveLength(1);
  });

  it('changes language and speakers of a job before it starts', async () => {
    backend.library.put({ file_name: 'talk.wav', state: { kind: 'waiting' } });
    render(App, { backend });
    await click('More about “talk”');
    await fireEvent.click(await screen.findByRole('menuitem', { name: 'Settings…' }));
    await fireEvent.change(await screen.findByRole('combobox', { name: 'Language spoken' }), { target: { value: 'de' } });
    await fireEvent.change(screen.getByRole('combobox', { name: 'Speakers' }), { target: { value: 'exactly' } });
    await click('Change');
    expect(backend.hub.calls[0]).toContain('again r1');
    expect(backend.hub.calls[0]).toContain('"language":"de"');
    expect(backend.hub.calls[0]).toContain('"speakers":"2"');
  });
});

describe('closing', () => {
  it('asks once while jobs run, and does what is answered', async () => {
    backend.library.put({ file_name: 'talk.wav', state: running(0.2) });
    render(App, { backend });
    await screen.findByRole('heading', { name: 'Queue' });
    backend.emit({ kind: 'closing', running: 1 });
    expect(await screen.findByText('1 job is still running')).toBeTruthy();
    await click('Keep working');
    expect(screen.queryByText('1 job is still running')).toBeNull();
    await press('q', { ctrlKey: true });
    await click('Quit');
    await waitFor(() => expect(backend.hub.calls).toEqual(['quit']));
  });

  it('asks nothing where nothing runs', async () => {
    render(App, { backend });
    await screen.findByText('Drop recordings here');
    await press('q', { ctrlKey: true });
    await waitFor(() => expect(backend.hub.calls).toEqual(['quit']));
    backend.emit({ kind: 'closing', running: 0 });
    await waitFor(() => expect(backend.hub.calls).toEqual(['quit', 'quit']));
  });
});

describe('settings', () => {
  it('move the library where the person says, with what was typed last, and not while something is recorded', async () => {
    backend.recorder.clock = false;
    backend.program.nextFolder = '/large/library';
    render(App, { backend });
    await screen.findByText('Drop recordings here');
    await press('F1');
    await click('Storage and privacy');
    await click('Move it…');
    expect(await screen.findByText('/large/library')).toBeTruthy();
    backend.recorder.set({ phase: 'recording', started_at: '2026-03-18T13:51:00Z', input: 'mic' });
    await waitFor(() => expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Move it…' }).disabled).toBe(true));
  });

  it('hold at once: theme, language, and what was there before a refusal', async () => {
    render(App, { backend });
    await click(/^Settings/);
    await fireEvent.click(await screen.findByRole('radio', { name: 'Dark' }));
    expect(document.documentElement.dataset.theme).toBe('dark');
    await fireEvent.change(screen.getByRole('combobox', { name: 'Language of this program' }), { target: { value: 'de' } });
    expect(await screen.findByRole('heading', { name: 'Allgemein' })).toBeTruthy();
    expect(document.documentElement.lang).toBe('de');
    backend.hub.refusals.set('saveSettings', notice('The settings could not be saved.'));
    await fireEvent.click(screen.getByRole('radio', { name: 'Hell' }));
    expect(await screen.findByText('The settings could not be saved.')).toBeTruthy();
    expect(document.documentElement.dataset.theme).toBe('dark');
    expect(backend.program.settingsNow.preferences).toMatchObject({ theme: 'dark', interface_language: 'de' });
  });

  it('show every key, take new ones, and show clashes', async () => {
    render(App, { backend });
    await screen.findByText('Drop recordings here');
    await press('F1');
    const change = await screen.findByRole('button', { name: 'Add files: Ctrl O. Change' });
    await fireEvent.click(change);
    await fireEvent.keyDown(change, { key: 'b', ctrlKey: true });
    expect(backend.program.settingsNow.preferences.keys).toEqual({ 'program.add': 'Ctrl+B' });
    expect(await screen.findByText('Also: Show or hide the library')).toBeTruthy();
    await click('Usual keys for “Add files”');
    expect(backend.program.settingsNow.preferences.keys).toEqual({});
  });

  it('choose, check and remove models', async () => {
    backend.models.moveTo('large-v3-turbo-q5_0', { kind: 'ready' });
    render(App, { backend });
    await screen.findByText('Drop recordings here');
    await press('F1');
    await click('Models');
    expect((await screen.findByRole<HTMLInputElement>('radio', { name: 'Use Base' })).checked).toBe(true);
    await fireEvent.click(screen.getByRole('radio', { name: 'Use Large v3 Turbo, q5' }));
    expect(backend.program.settingsNow.job.model).toBe('large-v3-turbo-q5_0');
    await click('More about Large v3 Turbo, q5');
    await fireEvent.click(screen.getByRole('menuitem', { name: 'Remove' }));
    expect(await screen.findByText('Removed Large v3 Turbo, q5. It can be downloaded again.')).toBeTruthy();
    expect(screen.getByText('Too big for the memory of this computer.')).toBeTruthy();
  });

  it('show the whole report before it is saved', async () => {
    render(App, { backend });
    await screen.findByText('Drop recordings here');
    await press('F1');
    await click('About');
    expect(screen.queryByRole('button', { name: 'Save the report…' })).toBeNull();
    await click('Show the report');
    expect(await screen.findByText(/Linux, 2 cores/)).toBeTruthy();
    await click('Save the report…');
    expect(await screen.findByText('report.txt')).toBeTruthy();
  });
});
