import { beforeEach, describe, expect, it, vi } from 'vitest';
import { documentOf, TALK, waveformOf } from '../../browser/documents';
import { MemoryBackend } from '../backend/memory';
import { PlayerState } from './player.svelte';

const DOCUMENT = documentOf('r', TALK);
let backend: MemoryBackend;
let player: PlayerState;
beforeEach(async () => {
  backend = new MemoryBackend();
  backend.player.clock = false;
  backend.player.lengths.set('r', 60_000);
  backend.library.waveforms.set('r', waveformOf(DOCUMENT));
  player = new PlayerState(backend);
  await player.open('r');
});

const settled = () => Promise.resolve().then(() => {});

describe('the player', () => {
  it('loads a recording once, with its waveform', async () => {
    const load = vi.spyOn(backend.player, 'load');
    await player.open('r');
    expect(load).not.toHaveBeenCalled();
    expect([player.heard.recording, player.duration, player.waveform !== null, player.ready]).toEqual(['r', 60_000, true, true]);
  });

  it('steps back a little after a pause, and stays within the recording', async () => {
    player.backStep = 1;
    player.seek(10_000);
    player.toggle();
    await settled();
    expect([player.playing, backend.player.state.position_ms]).toEqual([true, 9_000]);
    player.toggle();
    await settled();
    player.seek(-5);
    expect(player.position).toBe(0);
    player.skip(99_000);
    expect(player.position).toBe(60_000);
  });

  it('plays a clip to its end and no further', async () => {
    player.playClip({ start_ms: 5_000, end_ms: 6_000 });
    await settled();
    backend.player.advance(500);
    expect(player.playing).toBe(true);
    backend.player.advance(600);
    await settled();
    expect(player.playing).toBe(false);
  });

  it('goes through the speeds and no further', () => {
    for (let i = 0; i < 9; i++) player.step(1);
    expect(player.heard.rate).toBe(3);
    for (let i = 0; i < 12; i++) player.step(-1);
    expect(player.heard.rate).toBe(0.5);
  });

  it('says why nothing is heard, and loads again', async () => {
    const problem = { message: 'No sound device.', advice: null, detail: null, code: null };
    backend.player.problems.set('r', problem);
    await player.reopen();
    expect([player.heard.problem, player.ready]).toEqual([problem, false]);
    backend.player.problems.clear();
    await player.reopen();
    expect(player.ready).toBe(true);
  });

  it('tells what was refused', async () => {
    const told = vi.fn();
    player.tell = told;
    vi.spyOn(backend.player, 'rate').mockRejectedValue({ message: 'No.' });
    player.rate(2);
    await vi.waitFor(() => expect(told).toHaveBeenCalledWith(expect.objectContaining({ message: 'No.' })));
  });

  it('does not tell what its own place shows', async () => {
    const problem = { message: 'No sound device.', advice: null, detail: null, code: null };
    const told = vi.fn();
    player.tell = told;
    backend.player.problems.set('r', problem);
    vi.spyOn(backend.player, 'play').mockRejectedValue(problem);
    await player.reopen();
    player.play();
    await new Promise((done) => setTimeout(done, 250));
    expect(told).not.toHaveBeenCalled();
  });

  it('stops for a transcript without a recording, says so where somebody wants to hear it, and hears the next one again', async () => {
    const told = vi.fn();
    player.tell = told;
    player.play();
    await settled();
    player.close();
    await settled();
    expect([backend.player.state.playing, player.playing, player.ready, player.position]).toEqual([false, false, false, 0]);
    player.seek(5_000);
    player.playClip({ start_ms: 1_000, end_ms: 2_000 });
    await settled();
    expect(told.mock.calls.map(([notice]) => notice.message)).toEqual(['This transcript has no recording.']);
    expect(backend.player.state.playing).toBe(false);
    await player.open('r');
    player.play();
    await settled();
    expect(player.playing).toBe(true);
  });
});
