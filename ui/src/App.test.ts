import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from './App.svelte';
import { MemoryBackend } from './backend/memory';

let backend: MemoryBackend;
beforeEach(() => {
  backend = new MemoryBackend();
});
afterEach(cleanup);

const transcript = {
  recording: 'r1',
  title: 'talk',
  duration_ms: 65_000,
  language: 'en',
  speakers: [
    { id: 0, name: 'Speaker 1' },
    { id: 1, name: 'Speaker 2' },
  ],
  utterances: [
    { id: 1, speaker: 0, start_ms: 0, end_ms: 2000, text: 'Who owned them?', overlap: [], unsure: [] },
    { id: 2, speaker: 1, start_ms: 3000, end_ms: 5000, text: 'Two belonged to us.', overlap: [0], unsure: [] },
  ],
  gaps: [],
  complete: true,
};

describe('the window', () => {
  it('invites to drop while the library is empty and says what is ready', async () => {
    render(App, { backend });
    expect(await screen.findByRole('heading', { name: 'Drop recordings here' })).toBeTruthy();
    expect(screen.getByText('Speech to text: Base')).toBeTruthy();
    expect(screen.getByText('Offline · 0 bytes sent')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /Queue/ })).toBeNull();
  });

  it('says which model is missing and how to get it', async () => {
    backend.statusNow.checks[0] = { what: 'speech', ready: false, name: '', bytes: null };
    render(App, { backend });
    expect(await screen.findByText(/securetranscribe models get base/)).toBeTruthy();
  });

  it('adds files by dialog, shows them in the queue, and follows the job to its transcript', async () => {
    render(App, { backend });
    backend.nextChoice = ['/tmp/talk.wav'];
    await fireEvent.click(await screen.findByRole('button', { name: /Choose files/ }));
    expect(await screen.findByRole('heading', { name: 'Queue' })).toBeTruthy();

    backend.move('r1', { kind: 'running', stage: 'transcribe', fraction: 0.43, stage_fraction: 0.4, seconds_left: 250 });
    const bar = await screen.findByRole('progressbar');
    expect(bar.getAttribute('aria-valuetext')).toBe('Writing text · 43 %');
    expect(screen.getByText('about 4 min left')).toBeTruthy();

    backend.transcripts.set('r1', transcript);
    Object.assign(backend.recordings[0] ?? {}, { has_transcript: true, speakers: 2 });
    backend.move('r1', { kind: 'done' });
    await fireEvent.click(await screen.findByRole('button', { name: 'Open' }));
    const list = within(await screen.findByRole('region', { name: 'Transcript of talk' }));
    expect(await list.findByText('Two belonged to us.')).toBeTruthy();
    expect(list.getByText('Overlaps Speaker 1')).toBeTruthy();
    expect(list.getByRole('listitem', { name: 'Speaker 2, 3 seconds' }).getAttribute('aria-setsize')).toBe('2');
  });

  it('says why a file was refused, and closes the notice', async () => {
    render(App, { backend });
    backend.nextChoice = ['/tmp/notes.pdf'];
    await fireEvent.click(await screen.findByRole('button', { name: /Choose files/ }));
    expect(await screen.findByText('“notes.pdf” is not audio or video.')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Close this notice' }));
    expect(screen.queryByText('“notes.pdf” is not audio or video.')).toBeNull();
  });

  it('stops a job and offers to go on', async () => {
    await backend.addFiles(['/tmp/talk.wav']);
    render(App, { backend });
    await fireEvent.click(await screen.findByRole('button', { name: 'Stop “talk”' }));
    await fireEvent.click(await screen.findByRole('button', { name: 'Continue' }));
    expect(backend.calls).toEqual(['cancel jr1', 'retry r1']);
  });

  it('veils the whole window while files are dragged over it', async () => {
    render(App, { backend });
    await screen.findByText('Drop recordings here');
    backend.emit({ kind: 'drag', files: 3 });
    expect(await screen.findByText('Drop 3 files')).toBeTruthy();
    backend.emit({ kind: 'drag', files: null });
    await waitFor(() => expect(screen.queryByText('Drop 3 files')).toBeNull());
    backend.emit({ kind: 'drag', files: 2 });
    backend.emit({ kind: 'drop', paths: ['/tmp/talk.wav', '/tmp/notes.pdf'] });
    expect(await screen.findByRole('heading', { name: 'Queue' })).toBeTruthy();
    expect(screen.getByText('“notes.pdf” is not audio or video.')).toBeTruthy();
    expect(screen.queryByText('Drop 2 files')).toBeNull();
  });

  it('opens the newest transcript, walks the list by arrow keys, and goes back to the first screen at the end', async () => {
    await backend.addFiles(['/tmp/talk.wav', '/tmp/more.wav']);
    for (const r of backend.recordings) {
      r.state = { kind: 'done' };
      r.has_transcript = r.id === 'r1';
    }
    backend.transcripts.set('r1', transcript);
    render(App, { backend });
    expect(await screen.findByText('Who owned them?')).toBeTruthy();

    const queue = screen.getByRole('button', { name: 'Queue' });
    queue.focus();
    await fireEvent.keyDown(queue, { key: 'End' });
    expect(document.activeElement?.textContent).toContain('talk');

    await backend.remove('r1');
    await backend.remove('r2');
    expect(await screen.findByRole('heading', { name: 'Drop recordings here' })).toBeTruthy();
  });
});
