import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scenes } from '../../../browser/scenes';
import App from '../../App.svelte';
import { MemoryBackend } from '../../backend/memory';

let backend: MemoryBackend;
beforeEach(() => {
  // Wide enough for the inspector to have a column.
  Object.defineProperty(window, 'innerWidth', { value: 1280, configurable: true });
  window.dispatchEvent(new Event('resize'));
  backend = new MemoryBackend();
});
afterEach(cleanup);

const edits = () => backend.document.edits;
const open = async (scene = 'transcript') => {
  scenes[scene]?.(backend);
  render(App, { backend });
  return within(await screen.findByRole('complementary', { name: 'Speakers and details' }));
};
const enter = async (field: HTMLElement, text: string) => {
  await fireEvent.input(field, { target: { value: text } });
  await fireEvent.keyDown(field, { key: 'Enter' });
};

describe('speakers', () => {
  it('have their share, and are named in place', async () => {
    const inspector = await open();
    expect(await inspector.findByRole('listitem', { name: /^Yusuf Karim, 4\d % of the speech$/ })).toBeTruthy();
    await fireEvent.click(inspector.getByText('Name…'));
    await enter(await inspector.findByRole('textbox', { name: 'Name of Speaker 4' }), ' Ona Lind ');
    await waitFor(() => expect(edits()).toEqual([{ edit: 'rename_speaker', speaker: 3, name: 'Ona Lind' }]));
    expect(await inspector.findByText('Ona Lind')).toBeTruthy();
    expect(inspector.queryByText('Name…')).toBeNull();
  });

  it('keep their name where it is not changed, and on Escape', async () => {
    const inspector = await open();
    await fireEvent.click(await inspector.findByText('Lena Brandt'));
    await enter(inspector.getByRole('textbox', { name: 'Name of Lena Brandt' }), 'Lena Brandt');
    await fireEvent.click(await inspector.findByText('Lena Brandt'));
    const field = inspector.getByRole('textbox', { name: 'Name of Lena Brandt' });
    await fireEvent.input(field, { target: { value: 'Other' } });
    await fireEvent.keyDown(field, { key: 'Escape' });
    expect(await inspector.findByText('Lena Brandt')).toBeTruthy();
    expect(edits()).toEqual([]);
  });

  it('can be made one by giving the same name, or by ticking, and undone', async () => {
    const inspector = await open();
    await fireEvent.click(await inspector.findByText('Speaker 4'));
    await fireEvent.input(inspector.getByRole('textbox', { name: 'Name of Speaker 4' }), { target: { value: 'lena brandt' } });
    await fireEvent.click(await inspector.findByRole('button', { name: 'Make them one' }));
    await waitFor(() => expect(edits().at(-1)).toEqual({ edit: 'merge_speakers', from: 3, into: 0 }));
    expect(await screen.findByText('Merged Speaker 4 into Lena Brandt')).toBeTruthy();

    await fireEvent.click(inspector.getByRole('button', { name: 'Merge' }));
    await fireEvent.click(await inspector.findByRole('checkbox', { name: 'Choose Lena Brandt' }));
    expect(inspector.getByRole<HTMLButtonElement>('button', { name: 'Merge 1' }).disabled).toBe(true);
    await fireEvent.click(inspector.getByRole('checkbox', { name: 'Choose Yusuf Karim' }));
    await fireEvent.click(await inspector.findByRole('button', { name: 'Merge 2 into one' }));
    await waitFor(() => expect(edits().at(-1)).toEqual({ edit: 'merge_speakers', from: 0, into: 2 }));
    await fireEvent.click((await screen.findAllByRole('button', { name: 'Undo' })).at(-1)!);
    expect(await inspector.findByText('Lena Brandt')).toBeTruthy();
  });

  it('get another colour, are added, and deleted where they say nothing', async () => {
    const inspector = await open();
    await fireEvent.click(await inspector.findByRole('button', { name: 'More about Lena Brandt' }));
    expect(screen.queryByRole('menuitem', { name: 'Delete speaker' })).toBeNull();
    await fireEvent.click(screen.getByRole('menuitem', { name: 'Colour' }));
    await fireEvent.click(await screen.findByRole('menuitemcheckbox', { name: /Teal/ }));
    await waitFor(() => expect(edits().at(-1)).toEqual({ edit: 'recolour_speaker', speaker: 0, colour: 6 }));

    await fireEvent.click(inspector.getByRole('button', { name: 'Add speaker' }));
    await enter(await inspector.findByRole('textbox', { name: 'Name of Speaker 5' }), 'Ona');
    await fireEvent.click(await inspector.findByRole('button', { name: 'More about Ona' }));
    await fireEvent.click(screen.getByRole('menuitem', { name: 'Delete speaker' }));
    await waitFor(() => expect(edits().at(-1)).toEqual({ edit: 'remove_speaker', speaker: 4 }));
  });

  it('are sorted anew for another number of people', async () => {
    const inspector = await open();
    const number = await inspector.findByRole('spinbutton', { name: 'How many people speak?' });
    await fireEvent.change(number, { target: { value: '12' } });
    await waitFor(() => expect(backend.document.wishes.at(-1)).toEqual({ count: '12' }));
    await fireEvent.click(inspector.getByText('Give a range'));
    await fireEvent.input(inspector.getByRole('spinbutton', { name: 'At least so many people' }), { target: { value: '3' } });
    await fireEvent.input(inspector.getByRole('spinbutton', { name: 'At most so many people' }), { target: { value: '1' } });
    await fireEvent.click(inspector.getByRole('button', { name: 'Group again' }));
    await waitFor(() => expect(backend.document.wishes.at(-1)).toEqual({ count: '1-3' }));
    expect(await screen.findByText('The voices are grouped again: 3 people')).toBeTruthy();
    await waitFor(() => expect(inspector.queryByText('Speaker 4')).toBeNull());
    await fireEvent.click((await screen.findAllByRole('button', { name: 'Undo' })).at(-1)!);
    expect(await inspector.findByText('Speaker 4')).toBeTruthy();
  });

  it('are told apart where one is two people, and undone', async () => {
    const inspector = await open();
    await fireEvent.click(await inspector.findByRole('button', { name: 'More about Lena Brandt' }));
    await fireEvent.click(screen.getByRole('menuitem', { name: 'These are two people' }));
    expect(await inspector.findByText('Speaker 5')).toBeTruthy();
    expect(backend.document.wishes).toEqual([{ split: 0 }]);
    expect(await screen.findByText('Lena Brandt was told apart into two people')).toBeTruthy();
    await fireEvent.click((await screen.findAllByRole('button', { name: 'Undo' })).at(-1)!);
    await waitFor(() => expect(inspector.queryByText('Speaker 5')).toBeNull());
  });

  it('wait for a job where the voices were not heard yet', async () => {
    backend.document.unheard = true;
    const inspector = await open();
    await fireEvent.click(await inspector.findByRole('button', { name: 'Find by voice' }));
    await waitFor(() => expect(backend.document.wishes).toEqual([{ count: 'auto' }]));
    expect(screen.queryByText(/^The voices are grouped again/)).toBeNull();
  });

  it('get names that are offered, and none by themselves', async () => {
    backend.voices.sounds.set('t-talk 0', 'low').set('t-talk 3', 'bright');
    backend.voices.learn('Ona Lind', 'bright');
    backend.program.settingsNow.preferences.remember_voices = true;
    const again = await open();
    expect(await again.findByText('Speaker 4 sounds like Ona Lind, 92 % alike.')).toBeTruthy();
    expect(edits()).toEqual([]);
    await fireEvent.click(again.getByRole('button', { name: 'That is right: Speaker 4 is Ona Lind' }));
    await waitFor(() => expect(edits()).toEqual([{ edit: 'rename_speaker', speaker: 3, name: 'Ona Lind' }]));
    await waitFor(() => expect(again.queryByText(/sounds like/)).toBeNull());
    await fireEvent.click(again.getByRole('button', { name: 'More about Lena Brandt' }));
    await fireEvent.click(screen.getByRole('menuitem', { name: 'Remember this voice' }));
    expect(await screen.findByText('The voice of Lena Brandt is remembered on this computer')).toBeTruthy();
    expect((await backend.voices.list()).map((voice) => voice.name)).toEqual(['Lena Brandt', 'Ona Lind']);
  });

  it('get no names offered where nobody switched that on', async () => {
    backend.voices.sounds.set('t-talk 3', 'bright');
    backend.voices.learn('Ona Lind', 'bright');
    const inspector = await open();
    await inspector.findByText('Speaker 4');
    await fireEvent.click(inspector.getByRole('button', { name: 'More about Lena Brandt' }));
    expect(screen.queryByRole('menuitem', { name: 'Remember this voice' })).toBeNull();
    expect(inspector.queryByText(/sounds like/)).toBeNull();
  });

  it('are not offered a name again that was rejected', async () => {
    backend.program.settingsNow.preferences.remember_voices = true;
    backend.voices.sounds.set('t-talk 3', 'bright');
    backend.voices.learn('Ona Lind', 'bright');
    const inspector = await open();
    await fireEvent.click(await inspector.findByRole('button', { name: 'Somebody else: Speaker 4 is not Ona Lind' }));
    await waitFor(() => expect(inspector.queryByText(/sounds like/)).toBeNull());
    expect(await backend.voices.offers('t-talk')).toEqual([]);
  });

  it('let one hear a clip of them', async () => {
    backend.player.lengths.set('talk', 60_000);
    const inspector = await open();
    await fireEvent.click(await inspector.findByRole('button', { name: 'Hear Yusuf Karim' }));
    await waitFor(() => expect(backend.player.state.playing).toBe(true));
    await fireEvent.click(await inspector.findByRole('button', { name: 'Stop' }));
    await waitFor(() => expect(backend.player.state.playing).toBe(false));
  });
});

describe('places to doubt', () => {
  it('are heard, settled and taken out, each as one step of undo', async () => {
    backend.player.lengths.set('talk', 90_000);
    const inspector = await open('doubts');
    const list = within(await inspector.findByRole('list', { name: 'Places to doubt' }));
    expect(list.getAllByRole('listitem')).toHaveLength(2);
    await fireEvent.click(list.getAllByRole('button', { name: /^Hear / })[0]!);
    await waitFor(() => expect(backend.player.state.playing).toBe(true));
    await fireEvent.click(await list.findByRole('button', { name: 'Pause' }));
    await waitFor(() => expect(backend.player.state.playing).toBe(false));
    await fireEvent.click(list.getByRole('button', { name: /^Nothing is said, / }));
    await waitFor(() => expect(edits().at(-1)).toEqual({ edit: 'settle_doubts', doubts: [3], settled: true }));
    await waitFor(() => expect(list.getAllByRole('listitem')).toHaveLength(1));
    await fireEvent.click(list.getByRole('button', { name: /^Remove, / }));
    const gone = [{ edit: 'delete_utterance', utterance: 4 }, { edit: 'settle_doubts', doubts: [0], settled: true }];
    await waitFor(() => expect(edits().at(-1)).toEqual({ edit: 'together', edits: gone }));
    expect(await inspector.findByText('Nothing here is in doubt.')).toBeTruthy();
    await fireEvent.keyDown(window, { key: 'z', code: 'KeyZ', ctrlKey: true });
    expect(await inspector.findByRole('button', { name: /^It is right, / })).toBeTruthy();
  });

  it('show what was left out, which can be put in', async () => {
    const inspector = await open('doubts');
    expect(inspector.queryByRole('list', { name: 'What was left out' })).toBeNull();
    await fireEvent.click(await inspector.findByRole('button', { name: 'Show what was left out (2)' }));
    const left = within(inspector.getByRole('list', { name: 'What was left out' }));
    expect(left.getByText('Put right by a second try')).toBeTruthy();
    await fireEvent.click(left.getByRole('button', { name: /^Put in, / }));
    await waitFor(() => expect(edits().at(-1)).toMatchObject({ edits: [{ edit: 'insert_utterance' }, { edit: 'settle_doubts', doubts: [1] }] }));
    expect(await screen.findByText('Thanks for watching!')).toBeTruthy();
  });
});

describe('details', () => {
  it('are facts, and come with the finished transcript', async () => {
    const inspector = await open();
    expect(await inspector.findByText('Processor, 2 threads in 8 min 54 s, 0.1×')).toBeTruthy();
    expect(inspector.getByText('SHA-256 9f3c71ab…e04d2b18')).toBeTruthy();
    expect(inspector.getByText('Speech without words')).toBeTruthy();
    await fireEvent.click(inspector.getByRole('button', { name: 'Details' }));
    expect(inspector.queryByRole('button', { name: 'Copy the hash' })).toBeNull();
  });

  it('have every note, also where two say the same', async () => {
    const note = 'A voice too short for a speaker of its own (0.8 s in all) was left out: no words are there.';
    scenes.transcript?.(backend);
    const kept = await backend.document.open('talk');
    if (kept) backend.document.set({ ...kept, facts: { ...kept.facts, notes: [note, note] } });
    render(App, { backend });
    expect(await screen.findAllByText(note)).toHaveLength(2);
  });
});

describe('the player', () => {
  it('asks where a recording is that was moved', async () => {
    await open('moved');
    const player = within(screen.getByRole('region', { name: 'Player' }));
    await fireEvent.click(await player.findByRole('button', { name: 'Locate…' }));
    await waitFor(() => expect(backend.hub.calls.some((call) => call.startsWith('locate talk'))).toBe(true));
  });

  it('says why nothing is heard and tries again', async () => {
    backend.player.problems.set('talk', { message: 'No sound device was found.', advice: 'Plug one in.', detail: null, code: null });
    await open();
    const player = within(screen.getByRole('region', { name: 'Player' }));
    expect(await player.findByText('No sound device was found.')).toBeTruthy();
    expect(player.getByRole('button', { name: 'Play' }).getAttribute('aria-disabled')).toBe('true');
    backend.player.problems.clear();
    await fireEvent.click(player.getByRole('button', { name: 'Try again' }));
    expect(await player.findByRole('slider', { name: 'Position' })).toBeTruthy();
  });

  it('goes to a time that is typed, changes speed, and loops an utterance', async () => {
    backend.player.lengths.set('talk', 60_000);
    await open();
    const player = within(screen.getByRole('region', { name: 'Player' }));
    await fireEvent.keyDown(window, { key: 'g', code: 'KeyG', ctrlKey: true });
    await enter(await player.findByRole('textbox', { name: 'Time, such as 1:12:31' }), '0:31');
    await waitFor(() => expect(backend.player.state.position_ms).toBe(31_000));
    await fireEvent.click(player.getByRole('button', { name: 'Speed: 1.0×' }));
    await fireEvent.click(await screen.findByRole('menuitemcheckbox', { name: '1.5×' }));
    expect(await player.findByRole('button', { name: 'Speed: 1.5×' })).toBeTruthy();
    await fireEvent.keyDown(window, { key: 'l', code: 'KeyL', ctrlKey: true });
    const said = (await backend.document.open('talk'))?.utterances.findLast((u) => u.start_ms <= 31_000);
    await waitFor(() => expect(backend.player.state.loop).toEqual({ start_ms: said?.start_ms, end_ms: said?.end_ms }));
    await fireEvent.keyDown(player.getByRole('slider', { name: 'Position' }), { key: 'Home' });
    await waitFor(() => expect(backend.player.state.position_ms).toBe(0));
  });
});
