/** Voices that are remembered. The engine's engine/voices.rs has the same shapes. */

/** Somebody whose voice is remembered. */
export interface KnownVoice {
  id: number;
  name: string;
  /** RFC 3339. */
  added_at: string;
  /** From so many recordings. */
  recordings: number;
  /** Speech that it was learnt from. */
  speech_ms: number;
  /** Whether the model that is here can compare it. */
  usable: boolean;
}

/** A name for a speaker, to be confirmed or rejected. */
export interface VoiceOffer {
  speaker: number;
  person: number;
  name: string;
  /** How alike the voices are, 0 to 1. */
  likeness: number;
}

/** What is wanted of the speakers of a transcript: `auto`, `3` or `2-5` people, or one speaker who is two. */
export type SpeakerWish = { count: string } | { split: number };
