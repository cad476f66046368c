/** Remembered voices in memory: a voice is what a test says of a speaker, and two are alike where they are equal. */
import type { VoicesBackend } from '../index';
import type { KnownVoice, VoiceOffer } from '../types';
import type { MemoryDocument } from './document';
import { type Hub, notice } from './hub';

/** A voice that is remembered, with how it sounds. */
interface Kept extends KnownVoice {
  sounds: string[];
}

export class MemoryVoices implements VoicesBackend {
  /** How speakers sound, by transcript and speaker: `t-talk 0`. Who is not named here is not heard well enough. */
  sounds = new Map<string, string>();
  /** The folder and the file that the person chooses next; null: closes the dialog. */
  nextFolder: string | null = null;
  nextImport: { name: string; sound: string }[] | null = null;
  #kept: Kept[] = [];
  #rejected = new Set<string>();
  #next = 1;

  constructor(
    private readonly hub: Hub,
    private readonly documents: MemoryDocument,
    private readonly wanted: () => boolean,
  ) {}

  list = async (): Promise<KnownVoice[]> =>
    [...this.#kept]
      .sort((a, b) => a.name.localeCompare(b.name))
      .map(({ id, name, added_at, recordings, speech_ms, usable }) => ({ id, name, added_at, recordings, speech_ms, usable }));

  async offers(transcript: string): Promise<VoiceOffer[]> {
    if (!this.wanted()) return [];
    const speakers = this.documents.speakersOf(transcript);
    const taken = new Set(speakers.filter((s) => s.named).map((s) => s.name.toLocaleLowerCase()));
    const offers = speakers.filter((s) => !s.named).flatMap((speaker) => {
      const sound = this.sounds.get(`${transcript} ${speaker.id}`);
      const person = this.#kept.find((k) => sound !== undefined && k.sounds.includes(sound));
      if (!person || taken.has(person.name.toLocaleLowerCase())) return [];
      if (this.#rejected.has(`${transcript} ${speaker.id} ${person.id}`)) return [];
      taken.add(person.name.toLocaleLowerCase());
      return [{ speaker: speaker.id, person: person.id, name: person.name, likeness: 0.92 }];
    });
    return offers;
  }

  async remember(transcript: string, speaker: number): Promise<KnownVoice[]> {
    this.hub.called('remember', transcript, speaker);
    const found = this.documents.speakersOf(transcript).find((s) => s.id === speaker);
    if (!found?.named) throw notice('Name the speaker first, then the voice can be remembered.');
    const sound = this.sounds.get(`${transcript} ${speaker}`);
    if (sound === undefined) throw notice(`“${found.name}” says too little here for the voice to be remembered.`);
    this.learn(found.name, sound);
    return this.list();
  }

  async reject(transcript: string, speaker: number, person: number): Promise<VoiceOffer[]> {
    this.hub.called('reject', transcript, speaker, person);
    this.#rejected.add(`${transcript} ${speaker} ${person}`);
    return this.offers(transcript);
  }

  async rename(person: number, name: string): Promise<KnownVoice[]> {
    this.hub.called('renameVoice', person, name);
    const [own, twin] = [this.#kept.find((k) => k.id === person), this.#named(name)];
    if (!own || name.trim() === '') throw notice('A voice that is remembered needs a name.');
    if (twin && twin !== own) {
      for (const sound of own.sounds) this.learn(twin.name, sound);
      this.#kept = this.#kept.filter((k) => k !== own);
    } else own.name = name.trim();
    return this.list();
  }

  async forget(person: number): Promise<KnownVoice[]> {
    this.hub.called('forget', person);
    this.#kept = this.#kept.filter((k) => k.id !== person);
    return this.list();
  }

  async exportTo(): Promise<string | null> {
    this.hub.called('exportVoices');
    return this.nextFolder === null ? null : `${this.nextFolder}/voices.json`;
  }

  async importFrom(): Promise<KnownVoice[] | null> {
    this.hub.called('importVoices');
    if (this.nextImport === null) return null;
    for (const { name, sound } of this.nextImport) this.learn(name, sound);
    return this.list();
  }

  /** Takes a voice in, once. */
  learn(name: string, sound: string): void {
    let person = this.#named(name);
    if (!person) {
      person = { id: this.#next++, name, added_at: '2026-03-11T09:00:00Z', recordings: 0, speech_ms: 0, usable: true, sounds: [] };
      this.#kept.push(person);
    }
    if (person.sounds.includes(sound)) return;
    person.sounds.push(sound);
    person.recordings += 1;
    person.speech_ms += 24_000;
  }

  #named = (name: string): Kept | undefined =>
    this.#kept.find((k) => k.name.toLocaleLowerCase() === name.trim().toLocaleLowerCase());
}
