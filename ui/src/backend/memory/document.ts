/** Transcripts in memory, with every edit, undo, redo, conflicts and finding. */
import type { DocumentBackend } from '../index';
import type { Change, Document, Edit, Facts, FindQuery, FindResult, Notice, ProgramEvent, Speaker, SpeakerWish, Utterance } from '../types';
import { applied, regrouped, type State } from './edits';
import { findIn } from '../../lib/find';

/** One transcript and the states that lead back and forth. */
interface Kept {
  recording: string;
  transcript: string | null;
  title: string;
  revision: number;
  state: State;
  undo: State[];
  redo: State[];
  gaps: Document['gaps'];
  facts: Facts;
  lastUtterance: number;
  lastSpeaker: number;
}

const CONFLICT: Notice = {
  message: 'This transcript was changed elsewhere.',
  advice: 'Nothing was overwritten. Load it again to see both.',
  detail: null,
  code: 'conflict',
};
const UNKNOWN: Notice = { message: 'This transcript is not in the library any more.', advice: null, detail: null, code: null };

/** Documents in memory; a test puts them in and may make the next calls fail. */
export class MemoryDocument implements DocumentBackend {
  /** What the next change is refused with. */
  refuseNext: Notice | null = null;
  /** Every wish about speakers. */
  wishes: SpeakerWish[] = [];
  /** Whether voices would have to be heard first. */
  unheard = false;
  /** Every edit that was applied. */
  edits: Edit[] = [];
  #kept: Kept[] = [];
  #emit: (event: ProgramEvent) => void;

  constructor(emit: (event: ProgramEvent) => void = () => {}) {
    this.#emit = emit;
  }

  /** Puts a document in, in place of the recording's former one. */
  set(document: Document): void {
    this.#kept = this.#kept.filter((k) => k.recording !== document.recording);
    this.#kept.push({
      recording: document.recording,
      transcript: document.transcript,
      title: document.title,
      revision: document.revision,
      state: {
        voices: document.speakers.map(({ id, name, named, colour }) => ({ id, name: named ? name : null, colour })),
        utterances: document.utterances,
        doubts: document.doubts,
      },
      undo: [],
      redo: [],
      gaps: document.gaps,
      facts: document.facts,
      lastUtterance: document.fresh_utterance - 1,
      lastSpeaker: document.fresh_speaker - 1,
    });
  }

  /** Changes a document as another window would. */
  changeElsewhere(transcript: string, edit: Edit): void {
    this.#change(this.#find(transcript), edit);
  }

  async open(recording: string): Promise<Document | null> {
    const kept = this.#kept.find((k) => k.recording === recording);
    if (!kept) return null;
    const { transcript, title, revision, state, gaps, facts } = kept;
    const { speakers, can_undo, can_redo, fresh_utterance, fresh_speaker, confidence } = this.#summary(kept);
    const [utterances, doubts] = [[...state.utterances], [...state.doubts]];
    return {
      transcript, recording, title, revision, speakers, utterances, gaps, doubts, facts: { ...facts, confidence },
      can_undo, can_redo, fresh_utterance, fresh_speaker,
    };
  }

  apply = (transcript: string, revision: number, edit: Edit): Promise<Change> =>
    this.#guarded(transcript, revision, (kept) => this.#change(kept, edit));

  undo = (transcript: string, revision: number): Promise<Change> =>
    this.#guarded(transcript, revision, (kept) => this.#step(kept, kept.undo, kept.redo));

  redo = (transcript: string, revision: number): Promise<Change> =>
    this.#guarded(transcript, revision, (kept) => this.#step(kept, kept.redo, kept.undo));

  async find(transcript: string, query: FindQuery): Promise<FindResult> {
    return findIn(this.#find(transcript).state.utterances, query);
  }

  /** Speakers as far as memory can tell them apart: nothing is heard here, so a wish only changes who is listed. */
  async speakers(transcript: string, revision: number, wish: SpeakerWish): Promise<Change | null> {
    this.wishes.push(wish);
    if (this.unheard) return null;
    return this.#guarded(transcript, revision, (kept) => {
      kept.undo.push(kept.state);
      kept.redo = [];
      return this.#moved(kept, regrouped(kept.state, wish, kept.lastSpeaker + 1));
    });
  }

  /** The speakers of a transcript now. */
  speakersOf = (transcript: string): Speaker[] => this.#summary(this.#find(transcript)).speakers;

  async #guarded(transcript: string, revision: number, change: (kept: Kept) => Change): Promise<Change> {
    await Promise.resolve();
    const kept = this.#find(transcript);
    const refusal = this.refuseNext;
    this.refuseNext = null;
    if (refusal) throw refusal;
    if (kept.revision !== revision) throw CONFLICT;
    return change(kept);
  }

  #find(transcript: string): Kept {
    const kept = this.#kept.find((k) => k.transcript === transcript);
    if (!kept) throw UNKNOWN;
    return kept;
  }

  #change(kept: Kept, edit: Edit): Change {
    const before = kept.state;
    const after = applied(before, edit);
    this.edits.push(edit);
    kept.undo.push(before);
    kept.redo = [];
    return this.#moved(kept, after);
  }

  #step(kept: Kept, from: State[], to: State[]): Change {
    const state = from.pop();
    if (!state) return this.#moved(kept, kept.state);
    to.push(kept.state);
    return this.#moved(kept, state);
  }

  /** Takes a state over and says what differs from the one before. */
  #moved(kept: Kept, state: State): Change {
    const before = new Map(kept.state.utterances.map((u) => [u.id, u]));
    kept.state = state;
    kept.revision += 1;
    const now = new Set(state.utterances.map((u) => u.id));
    kept.lastUtterance = Math.max(kept.lastUtterance, ...now);
    kept.lastSpeaker = Math.max(kept.lastSpeaker, ...state.voices.map((v) => v.id));
    if (kept.transcript !== null) {
      this.#emit({ kind: 'document', transcript: kept.transcript, revision: kept.revision });
    }
    return {
      revision: kept.revision,
      put: state.utterances.filter((u) => before.get(u.id) !== u),
      removed: [...before.keys()].filter((id) => !now.has(id)),
      ...this.#summary(kept),
    };
  }

  #summary(kept: Kept): Omit<Change, 'revision' | 'put' | 'removed'> {
    const { voices, utterances } = kept.state;
    const words = utterances.flatMap((u) => u.words);
    return {
      doubts: [...kept.state.doubts],
      notes: kept.facts.notes,
      speakers: voices.map((v) => speakerOf(v.id, v.name, v.colour, utterances)),
      can_undo: kept.undo.length > 0,
      can_redo: kept.redo.length > 0,
      fresh_utterance: kept.lastUtterance + 1,
      fresh_speaker: kept.lastSpeaker + 1,
      confidence: words.length > 0 ? words.reduce((sum, word) => sum + word[4], 0) / words.length : null,
    };
  }
}

function speakerOf(id: number, name: string | null, colour: number | null, all: readonly Utterance[]): Speaker {
  const said = all.filter((u) => u.speaker === id);
  const clear = said.filter((u) => u.overlap.length === 0 && u.end_ms - u.start_ms >= 2_000);
  const best = clear.sort((a, b) => b.end_ms - b.start_ms - (a.end_ms - a.start_ms))[0];
  return {
    id,
    name: name ?? `Speaker ${id + 1}`,
    named: name !== null,
    colour: colour ?? id % 12,
    speech_ms: said.reduce((sum, u) => sum + u.end_ms - u.start_ms, 0),
    words: said.reduce((sum, u) => sum + u.words.length, 0),
    sample: best ? { start_ms: best.start_ms, end_ms: Math.min(best.end_ms, best.start_ms + 10_000) } : null,
  };
}
