/** Edits on a transcript in memory: each gives a new state and leaves the old one as it was, which is what undo keeps. */
import type { DoubtNote, Edit, Notice, SpeakerWish, Utterance } from '../types';
import { retext } from './retext';

/** A speaker as edits know it; shares are computed. */
export interface Voice {
  id: number;
  name: string | null;
  colour: number | null;
}

/** What edits change. Parts are never changed in place. */
export interface State {
  voices: readonly Voice[];
  utterances: readonly Utterance[];
  doubts: readonly DoubtNote[];
}

const refuse = (message: string): Notice => ({ message, advice: null, detail: null, code: null });

/** The state after an edit; throws a notice where it cannot be. */
export function applied(state: State, edit: Edit): State {
  switch (edit.edit) {
    case 'replace_text': {
      const old = utterance(state, edit.utterance);
      const words = retext(old.text, old.words, edit.text, old);
      return put(state, [{ ...old, text: edit.text, words, edited: old.edited || old.text !== edit.text }]);
    }
    case 'split_utterance':
      return split(state, edit.utterance, edit.words, edit.new);
    case 'join_utterances':
      return join(state, edit.first, edit.second);
    case 'assign_speaker': {
      if (edit.speaker !== null) voice(state, edit.speaker);
      const speaker = edit.speaker;
      const changed = edit.utterances.map((id) => {
        const old = utterance(state, id);
        return { ...old, speaker, overlap: old.overlap.filter((other) => other !== speaker) };
      });
      return put(state, changed);
    }
    case 'add_speaker': {
      const { id, name, colour } = edit.speaker;
      if (state.voices.some((v) => v.id === id)) throw refuse(`Speaker ${id} is there already.`);
      return { ...state, voices: [...state.voices, { id, name: tidy(name), colour }] };
    }
    case 'rename_speaker':
      return changeVoice(state, edit.speaker, (v) => ({ ...v, name: tidy(edit.name) }));
    case 'recolour_speaker':
      return changeVoice(state, edit.speaker, (v) => ({ ...v, colour: edit.colour }));
    case 'remove_speaker': {
      voice(state, edit.speaker);
      if (state.utterances.some((u) => u.speaker === edit.speaker || u.overlap.includes(edit.speaker))) {
        throw refuse(`Speaker ${edit.speaker} still says something.`);
      }
      return { ...state, voices: state.voices.filter((v) => v.id !== edit.speaker) };
    }
    case 'merge_speakers':
      return merge(state, edit.from, edit.into);
    case 'retime': {
      const old = utterance(state, edit.utterance);
      const [start_ms, end_ms] = [edit.span.start, edit.span.end];
      if (end_ms - start_ms < Math.max(1, old.words.length)) throw refuse('That is too short for the words.');
      return put(state, [{ ...old, start_ms, end_ms, words: retimed(old, start_ms, end_ms) }]);
    }
    case 'delete_utterance':
      utterance(state, edit.utterance);
      return { ...state, utterances: state.utterances.filter((u) => u.id !== edit.utterance) };
    case 'insert_utterance': {
      const { id, speaker, start, end, text } = edit.utterance;
      if (state.utterances.some((u) => u.id === id)) throw refuse(`Utterance ${id} is there already.`);
      if (speaker !== null) voice(state, speaker);
      const span = { start_ms: start, end_ms: end };
      const words = retext('', [], text, span);
      return put(state, [{ id, speaker, ...span, text, words, overlap: [], edited: false, checked: false }]);
    }
    case 'mark_checked':
      return put(state, edit.utterances.map((id) => ({ ...utterance(state, id), checked: edit.checked })));
    case 'settle_doubts': {
      const missing = edit.doubts.find((id) => !state.doubts.some((d) => d.id === id));
      if (missing !== undefined) throw refuse(`Doubt ${missing} is not in the transcript.`);
      const settled = edit.settled;
      return { ...state, doubts: state.doubts.map((d) => (edit.doubts.includes(d.id) ? { ...d, settled } : d)) };
    }
    case 'together':
      return edit.edits.reduce(applied, state);
  }
}

/** Speakers as a person wishes them: so many of those that there are, or every second utterance of one for a new one. */
export function regrouped(state: State, wish: SpeakerWish, fresh: number): State {
  if ('split' in wish) {
    const own = state.utterances.filter((u) => u.speaker === wish.split);
    if (own.length < 2) throw refuse('Speakers could not be told apart. Only one voice is heard.');
    const moved = own.filter((_, at) => at % 2 === 1).map((u) => ({ ...u, speaker: fresh }));
    return put({ ...state, voices: [...state.voices, { id: fresh, name: null, colour: null }] }, moved);
  }
  const most = Number(wish.count.split('-').at(-1));
  const voices = Number.isFinite(most) ? state.voices.slice(0, most) : state.voices;
  const known = new Set(voices.map((v) => v.id));
  const last = voices.at(-1)?.id ?? null;
  const map = (u: Utterance): Utterance =>
    u.speaker === null || known.has(u.speaker) ? u : { ...u, speaker: last, overlap: u.overlap.filter((id) => known.has(id) && id !== last) };
  return { ...state, voices, utterances: state.utterances.map(map) };
}

function utterance(state: State, id: number): Utterance {
  const found = state.utterances.find((u) => u.id === id);
  if (!found) throw refuse(`Utterance ${id} is not in the transcript any more.`);
  return found;
}

function voice(state: State, id: number): Voice {
  const found = state.voices.find((v) => v.id === id);
  if (!found) throw refuse(`Speaker ${id} is not in the transcript any more.`);
  return found;
}

function changeVoice(state: State, id: number, change: (voice: Voice) => Voice): State {
  voice(state, id);
  return { ...state, voices: state.voices.map((v) => (v.id === id ? change(v) : v)) };
}

/** Puts utterances in, in place of those with the same identity; the order is that of start, then identity. */
function put(state: State, changed: Utterance[]): State {
  const ids = new Set(changed.map((u) => u.id));
  const utterances = [...state.utterances.filter((u) => !ids.has(u.id)), ...changed];
  return { ...state, utterances: utterances.sort((a, b) => a.start_ms - b.start_ms || a.id - b.id) };
}

function split(state: State, id: number, words: number, fresh: number): State {
  const old = utterance(state, id);
  const [last, next] = [old.words[words - 1], old.words[words]];
  if (!last || !next) throw refuse('An utterance cannot be cut there.');
  const at = next[0];
  const first: Utterance = {
    ...old,
    text: old.text.slice(0, at).trimEnd(),
    words: old.words.slice(0, words),
    end_ms: Math.max(last[3], old.start_ms),
  };
  const second: Utterance = {
    ...old,
    id: fresh,
    text: old.text.slice(at).trimStart(),
    words: old.words.slice(words).map(([from, to, ...rest]) => [from - at, to - at, ...rest]),
    start_ms: next[2],
    end_ms: Math.max(old.end_ms, next[2]),
  };
  return put(state, [first, second]);
}

function join(state: State, firstId: number, secondId: number): State {
  const at = state.utterances.findIndex((u) => u.id === firstId);
  const [first, second] = [state.utterances[at], state.utterances[at + 1]];
  if (!first || second?.id !== secondId) throw refuse('Only neighbours can be joined.');
  const glue = first.text !== '' && second.text !== '' ? ' ' : '';
  const shift = first.text.length + glue.length;
  const joined: Utterance = {
    ...first,
    text: first.text + glue + second.text,
    words: [...first.words, ...second.words.map<Utterance['words'][number]>(([a, b, ...rest]) => [a + shift, b + shift, ...rest])],
    end_ms: Math.max(first.end_ms, second.end_ms),
    overlap: [...new Set([...first.overlap, ...second.overlap])].filter((id) => id !== first.speaker).sort((a, b) => a - b),
    edited: first.edited || second.edited,
    checked: first.checked && second.checked,
  };
  const without = { ...state, utterances: state.utterances.filter((u) => u.id !== secondId) };
  return put(without, [joined]);
}

function merge(state: State, from: number, into: number): State {
  if (from === into) throw refuse('A speaker cannot be merged with itself.');
  const [gone, stays] = [voice(state, from), voice(state, into)];
  const map = (id: number): number => (id === from ? into : id);
  return {
    ...state,
    voices: state.voices
      .filter((v) => v !== gone)
      .map((v) => (v === stays ? { ...v, name: v.name ?? gone.name } : v)),
    utterances: state.utterances.map((u) => {
      if (u.speaker !== from && !u.overlap.includes(from)) return u;
      const speaker = u.speaker === null ? null : map(u.speaker);
      return { ...u, speaker, overlap: [...new Set(u.overlap.map(map))].filter((id) => id !== speaker) };
    }),
  };
}

/** Words move along with an utterance that keeps its length, and are squeezed or stretched to its new edges else. */
function retimed(old: Utterance, start: number, end: number): Utterance['words'] {
  const scale = (end - start) / Math.max(1, old.end_ms - old.start_ms);
  const place = (ms: number): number => Math.round(start + (ms - old.start_ms) * scale);
  return old.words.map(([from, to, a, b, sure]) => [from, to, place(a), place(b), sure]);
}

const tidy = (name: string | null): string | null => name?.trim() || null;
