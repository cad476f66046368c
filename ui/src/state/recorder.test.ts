import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { PreviewPiece, RecorderState } from '../backend';
import { MemoryBackend } from '../backend/memory';
import { AppState } from './app.svelte';
import type { Recorder } from './recorder.svelte';

let backend: MemoryBackend;
let app: AppState;
let recorder: Recorder;
beforeEach(async () => {
  backend = new MemoryBackend();
  backend.recorder.clock = false;
  app = new AppState(backend);
  recorder = app.recorder;
  await app.start();
});

const tell = (state: Partial<RecorderState>) => backend.recorder.set(state);
const piece = (start_ms: number, text: string, settled = false): PreviewPiece => ({ start_ms, end_ms: start_ms + 1000, text, settled });

describe('what the page follows of a recording', () => {
  it('stays the same object while only levels, lengths and parts of a second change', () => {
    tell({ phase: 'recording', input: 'mic', elapsed_ms: 1_010, saved_ms: 500, warnings: [{ kind: 'no_signal', since_ms: 5_100, cause: 'unknown' }] });
    const before = recorder.now;
    for (let i = 0; i < 8; i++) {
      const warnings: RecorderState['warnings'] = [{ kind: 'no_signal', since_ms: 5_100 + i * 100, cause: 'unknown' }];
      tell({ elapsed_ms: 1_110 + i * 100, saved_ms: 510 + i, level_db: -58 + i, peak_db: -57 + i, bytes: i, free_bytes: 1e9 - i, room_ms: null, warnings });
    }
    expect(recorder.now).toBe(before);
    expect([recorder.second, recorder.saved]).toEqual([1, 0]);
    tell({ warnings: [{ kind: 'no_signal', since_ms: 6_000, cause: 'unknown' }] });
    expect(recorder.now).not.toBe(before);
  });
});

describe('the preview', () => {
  it('is replaced from the first piece on that is told again, and what came before is settled', () => {
    backend.recorder.preview([piece(0, 'One.')]);
    backend.recorder.preview([piece(0, 'One two.', true), piece(2_000, 'Thr')]);
    backend.recorder.preview([piece(2_000, 'Three')]);
    backend.recorder.preview([piece(4_000, 'Four')]);
    expect(recorder.pieces.map((p) => [p.text, p.settled])).toEqual([['One two.', true], ['Three', true], ['Four', false]]);
  });

  it('keeps the newest pieces of a long recording, and says that older ones are gone', () => {
    for (let i = 0; i < 320; i++) backend.recorder.preview([piece(i * 1000, `${i}`, true)]);
    expect([recorder.pieces.length, recorder.pieces.at(-1)?.text, recorder.trimmed]).toEqual([300, '319', true]);
  });
});

it('lets the inputs go where the person left before they were open', async () => {
  const opened = recorder.open();
  const closed = recorder.close();
  await Promise.all([opened, closed]);
  expect(backend.recorder.now.input).toBeNull();
  expect(backend.hub.calls).toEqual(['ready null']);
});

describe('a recording that ended by itself', () => {
  it('is opened under the name that the person gave it, which is forgotten then', async () => {
    const id = backend.library.put({ title: 'Recording 13:51', file_name: 'r.wav' }).id;
    app.show({ kind: 'record' });
    recorder.title = ' Greta ';
    backend.emit({ kind: 'record_ended', recording: id });
    await vi.waitFor(() => expect(app.view).toMatchObject({ kind: 'recording', id }));
    expect(app.recordings.find((r) => r.id === id)?.title).toBe('Greta');
    expect(recorder.title).toBe('');
  });

  it('keeps its usual name where it was given none, and leaves what somebody reads', async () => {
    const id = backend.library.put({ title: 'Recording 13:51', file_name: 'r.wav' }).id;
    app.show({ kind: 'queue' });
    backend.emit({ kind: 'record_ended', recording: id });
    await vi.waitFor(() => expect(app.recordings.map((r) => r.title)).toContain('Recording 13:51'));
    expect(app.view.kind).toBe('queue');
    expect(backend.hub.calls.filter((call) => call.startsWith('rename'))).toEqual([]);
  });

  it('is offered where the library does not have it', async () => {
    app.show({ kind: 'record' });
    recorder.title = 'Greta';
    backend.recorder.remains.push({
      id: 'left1', started_at: '2026-03-18T13:51:00Z', duration_ms: 60_000, bytes: 8_640_000, path: '/data/left1.wav', discarded_at: null,
    });
    backend.emit({ kind: 'record_ended', recording: null });
    await vi.waitFor(() => expect(recorder.interrupted.map((left) => left.id)).toEqual(['left1']));
    expect(app.view.kind).toBe('record');
    expect(backend.hub.calls.filter((call) => call.startsWith('rename'))).toEqual([]);
  });
});
