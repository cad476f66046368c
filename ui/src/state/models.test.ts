import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryBackend } from '../backend/memory';
import { Models } from './models.svelte';

let backend: MemoryBackend;
let models: Models;
beforeEach(async () => {
  backend = new MemoryBackend();
  models = new Models(backend.models, async (work) => void (await work()));
  await models.read();
});

const named = (...names: string[]) => models.list.filter((m) => names.includes(m.name));

describe('models', () => {
  it('offer a better one only where it fits and one is here to compare with', () => {
    expect(models.usual?.name).toBe('base');
    expect(models.better?.name).toBe('large-v3-turbo-q5_0');
    models.heard('large-v3-turbo-q5_0', { kind: 'ready' });
    expect(models.better).toBeUndefined();
  });

  it('that are fetched together count as one transfer', () => {
    expect(models.transfer(named('segmentation', 'embedding'))).toBeNull();
    models.heard('segmentation', { kind: 'paused', done: 1_000_000, total: 5_905_440 });
    const transfer = models.transfer(named('segmentation', 'embedding'));
    expect(transfer).toEqual({ kind: 'paused', done: 1_000_000 + 28_281_138, total: 5_905_440 + 28_281_138, seconds_left: null });
  });

  it('tell the time left once the speed can be told', () => {
    vi.useFakeTimers();
    models.heard('base', { kind: 'downloading', done: 47_951_465, total: 147_951_465 });
    expect(models.transfer(named('base'))?.seconds_left).toBeNull();
    vi.advanceTimersByTime(10_000);
    models.heard('base', { kind: 'downloading', done: 97_951_465, total: 147_951_465 });
    expect(models.transfer(named('base'))?.seconds_left).toBe(10);
    vi.useRealTimers();
  });

  it('ask for the list again only when a state is another', () => {
    expect(models.heard('large-v3', { kind: 'downloading', done: 1, total: 2 })).toBe(true);
    expect(models.heard('large-v3', { kind: 'downloading', done: 2, total: 2 })).toBe(false);
  });
});
