import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Recording, RecordingState } from '../backend';
import { MemoryBackend } from '../backend/memory';
import { notice } from '../backend/memory/hub';
import { AppState } from './app.svelte';
import { Exporter, USUAL } from './export.svelte';
import { activity, Jobs } from './jobs.svelte';
import { asNotice, Notices } from './notices.svelte';
import { TOAST_MS, Toasts } from './toasts.svelte';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('toasts', () => {
  it('show the newest, three at most, and go after a while unless somebody points at them', () => {
    const toasts = new Toasts();
    for (const text of ['a', 'b', 'c', 'd']) toasts.show({ text });
    expect(toasts.list.map((t) => t.text)).toEqual(['b', 'c', 'd']);
    toasts.hold();
    vi.advanceTimersByTime(TOAST_MS * 2);
    expect(toasts.current?.text).toBe('d');
    toasts.release();
    vi.advanceTimersByTime(TOAST_MS);
    expect(toasts.current).toBeNull();
  });
});

describe('notices', () => {
  it('are not shown twice in the same words', () => {
    const notices = new Notices();
    notices.add(notice('The disk is full.'));
    notices.add(notice('The disk is full.'), { tone: 'warn' });
    expect(notices.list.map((n) => n.tone)).toEqual(['warn']);
  });

  it('are made of whatever is thrown', () => {
    expect(asNotice(notice('A', 'b', 'conflict')).code).toBe('conflict');
    expect(asNotice(new Error('A')).message).toBe('A');
    expect(asNotice('A')).toEqual({ message: 'A', advice: null, detail: null, code: null });
  });
});

describe('jobs', () => {
  const recording = { id: 'r', title: 'Talk', duration_ms: 65_000 } as Recording;
  const running = (stage: 'decode' | 'transcribe', fraction: number): RecordingState => ({
    kind: 'running', stage, fraction, stage_fraction: 0, seconds_left: null, speed: null, device: null,
  });

  it('are told at the start, at each stage and quarter, and at the end: no more', () => {
    const jobs = new Jobs(() => {});
    const said: string[] = [];
    const hear = (state: RecordingState) => {
      jobs.heard(recording, state, true);
      if (said.at(-1) !== jobs.said) said.push(jobs.said);
    };
    for (const fraction of [0.01, 0.02, 0.03]) hear(running('decode', fraction));
    for (let i = 4; i < 100; i++) hear(running('transcribe', i / 100));
    hear({ kind: 'done' });
    expect(said).toEqual([
      'Talk: Reading the file · 1 %', 'Talk: Writing text · 4 %', 'Talk: Writing text · 25 %', 'Talk: Writing text · 50 %',
      'Talk: Writing text · 75 %', 'Talk: Done',
    ]);
  });

  it('end with a notification where they took long and nobody looks', () => {
    const told: [string, string][] = [];
    const run = (ms: number, focused: boolean) => {
      let now = 0;
      const jobs = new Jobs((title, body) => told.push([title, body]), () => now);
      jobs.heard(recording, running('decode', 0), focused);
      now = ms;
      jobs.heard(recording, { kind: 'done' }, focused);
    };
    run(59_000, false);
    run(61_000, true);
    expect(told).toEqual([]);
    run(61_000, false);
    expect(told).toEqual([['Talk', 'Done. 1:05 are text now.']]);
  });

  it('give the window its title and the task bar its part', () => {
    const at = (state: RecordingState) => [{ ...recording, state }];
    expect(activity(at({ kind: 'done' }), null)).toEqual({ title: 'SecureTranscribe', fraction: null });
    expect(activity(at({ kind: 'done' }), 'Other')).toEqual({ title: 'Other – SecureTranscribe', fraction: null });
    expect(activity(at(running('decode', 0.4321)), null)).toEqual({ title: '43 % · Talk – SecureTranscribe', fraction: 0.43 });
  });
});

describe('exports', () => {
  async function ready(): Promise<{ backend: MemoryBackend; app: AppState; exporter: Exporter }> {
    const backend = new MemoryBackend();
    const app = new AppState(backend);
    await app.start();
    const exporter = new Exporter(app);
    await exporter.start();
    return { backend, app, exporter };
  }

  it('remember format and options, keep typed text first, and say where the file is', async () => {
    const { backend, app, exporter } = await ready();
    exporter.before = async () => void backend.hub.calls.push('commit');
    const srt = exporter.formats.find((f) => f.id === 'srt')!;
    await exporter.setOptions('srt', { ...USUAL, speakers: false });
    backend.hub.calls = [];
    await exporter.save('t1', srt);
    const calls = backend.hub.calls.filter((call) => call !== 'saveSettings');
    expect(calls).toEqual(['commit', `save t1 srt ${JSON.stringify({ ...USUAL, speakers: false })}`]);
    expect(exporter.last?.id).toBe('srt');
    expect(app.toasts.current).toMatchObject({ text: 'Saved {name} · 214 KB', name: 'talk.txt', path: '/exports/talk.txt' });
    await app.toasts.current?.action?.run();
    expect(backend.hub.calls.at(-1)).toBe('revealFile /exports/talk.txt');
  });

  it('that fail offer another place, and one that is called off says nothing', async () => {
    const { backend, app, exporter } = await ready();
    const pdf = exporter.last!;
    backend.exports.nextPath = null;
    await exporter.save('t1', pdf);
    expect([app.toasts.current, app.notices.list]).toEqual([null, []]);
    backend.hub.refusals.set('save', notice('“talk.pdf” is open in another program.', 'Close it there.'));
    await exporter.save('t1', pdf);
    backend.hub.refusals.clear();
    backend.exports.nextPath = '/else/talk.pdf';
    const [shown] = app.notices.list;
    expect(shown?.actions.map((a) => a.label)).toEqual(['Save elsewhere…']);
    await shown?.actions[0]?.run();
    expect(app.toasts.current?.path).toBe('/else/talk.pdf');
    expect(exporter.busy).toBeNull();
  });

  it('of several go together into one folder, each format with its options', async () => {
    const { backend, app, exporter } = await ready();
    const some = exporter.formats.filter((f) => ['pdf', 'csv'].includes(f.id));
    await exporter.setOptions('csv', { ...USUAL, csv_bom: false });
    await exporter.saveAll(['t1', 't2'], some);
    const call = backend.hub.calls.find((line) => line.startsWith('saveAll t1,t2 pdf,csv')) ?? '';
    expect(call).toContain('/exports keep_both');
    expect(call.match(/"csv_bom":(true|false)/g)).toEqual(['"csv_bom":true', '"csv_bom":false']);
    expect(app.toasts.current?.text).toBe('Saved 4 files · 400 KB');
    expect(exporter.lastMany.map((f) => f.id)).toEqual(['pdf', 'csv']);
  });

  it('ask what becomes of files that are there, and write nothing where that is called off', async () => {
    const { backend, app, exporter } = await ready();
    backend.exports.there.add('t1.pdf');
    const answer = async (existing: 'replace' | 'keep_both' | null) => {
      backend.hub.calls = [];
      const work = exporter.saveAll(['t1'], [exporter.last!]);
      await vi.waitFor(() => expect(exporter.question?.kind).toBe('exists'));
      if (exporter.question?.kind === 'exists') exporter.question.answer(existing);
      await work;
      return backend.hub.calls.find((line) => line.startsWith('saveAll'))?.split(' ').at(-1);
    };
    expect(await answer(null)).toBeUndefined();
    expect(app.toasts.current).toBeNull();
    expect(await answer('replace')).toBe('replace');
    expect(await answer('keep_both')).toBe('keep_both');
    expect(app.toasts.current).toMatchObject({ name: 't1 (2).pdf' });
    expect([exporter.question, exporter.busy]).toEqual([null, null]);
  });

  it('of an empty or unfinished transcript ask first', async () => {
    const { backend, exporter } = await ready();
    backend.exports.doubts.set('t1', 'unfinished');
    for (const go of [false, true]) {
      backend.hub.calls = [];
      const work = exporter.save('t1', exporter.last!);
      await vi.waitFor(() => expect(exporter.question?.kind).toBe('doubt'));
      if (exporter.question?.kind === 'doubt') exporter.question.answer(go);
      await work;
      expect(backend.hub.calls.some((line) => line.startsWith('save t1'))).toBe(go);
    }
  });

  it('write what they can, and say of the rest why not', async () => {
    const { backend, app, exporter } = await ready();
    backend.exports.refused.set('pdf', notice('The disk is full.', 'Free some space.'));
    await exporter.saveAll(['t1'], exporter.formats.filter((f) => ['pdf', 'txt'].includes(f.id)));
    expect(app.toasts.current).toMatchObject({ name: 't1.txt' });
    expect(app.notices.list.map((n) => [n.notice.message, n.actions[0]?.label])).toEqual([['The disk is full.', 'Save elsewhere…']]);
  });
});
