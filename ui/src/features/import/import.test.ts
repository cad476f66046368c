import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../../App.svelte';
import { MemoryBackend } from '../../backend/memory';
import { isTranscript } from '../../state/imports.svelte';

let backend: MemoryBackend;
beforeEach(() => {
  backend = new MemoryBackend();
});
afterEach(cleanup);

const click = async (name: string | RegExp) => fireEvent.click(await screen.findByRole('button', { name }));

describe('importing a transcript', () => {
  it('asks for its recording, which lies beside it or is chosen, or is not there', async () => {
    backend.library.nextImport = '/texts/talk.srt';
    backend.library.beside.set('/texts/talk.srt', '/texts/talk.mp3');
    render(App, { backend });
    await click('Import a transcript…');
    expect(await screen.findByText('With talk.mp3')).toBeTruthy();
    await click('Without a recording');
    expect(screen.getByText('It can be read and exported, but there is nothing to hear.')).toBeTruthy();
    backend.library.nextAudio = '/sound/other.wav';
    await click('Choose the recording…');
    expect(await screen.findByText('With other.wav')).toBeTruthy();
    await click('Import');
    await waitFor(() => expect(backend.hub.calls).toContain('import /texts/talk.srt /sound/other.wav'));
  });

  it('takes nothing where the person closes the dialog or says “not now”', async () => {
    render(App, { backend });
    await click('Import a transcript…');
    backend.library.nextImport = '/texts/talk.json';
    await click('Import a transcript…');
    await click('Not now');
    expect(backend.hub.calls).toEqual([]);
    expect(screen.queryByText('Import “talk.json”')).toBeNull();
  });

  it('opens what came without a recording, says that nothing can be heard, and plays nothing', async () => {
    backend.library.put({ id: 'heard', title: 'Heard', state: { kind: 'done' }, transcript: 't-heard' });
    backend.library.nextImport = '/texts/talk.vtt';
    render(App, { backend });
    await click(/Heard/);
    await waitFor(() => expect(backend.player.state.recording).toBe('heard'));
    await click('Import a transcript…');
    await click('Import');
    expect(await screen.findByText('This transcript has no recording.')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Play' }).getAttribute('aria-disabled')).toBe('true');
    await fireEvent.keyDown(document.body, { key: 'F4' });
    expect(backend.player.state.playing).toBe(false);
    expect(screen.queryByText('How many people speak?')).toBeNull();
    expect(screen.getByText('No recording')).toBeTruthy();
  });
});

describe('dropped files', () => {
  it('are offered as transcripts where they are some, and added where they are recordings', async () => {
    render(App, { backend });
    await screen.findByText('Drop recordings here');
    backend.emit({ kind: 'drop', paths: ['/a.SRT', '/b.wav', '/broken.json'] });
    expect(await screen.findByText('2 files are transcripts.')).toBeTruthy();
    await waitFor(() => expect(backend.hub.calls).toEqual(['add /b.wav false']));
    await click('Import 2 transcripts');
    expect(await screen.findByText('Imported 1 transcript')).toBeTruthy();
    expect(await screen.findByText('“broken.json” is not a transcript of this program.')).toBeTruthy();
  });

  it('are known by their ending', () => {
    expect(['a.json', 'b.Vtt', 'c.d.srt'].every(isTranscript)).toBe(true);
    expect(['a.wav', 'json', 'b.srt.mp3', 'notes.txt'].some(isTranscript)).toBe(false);
  });
});
