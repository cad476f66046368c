/** What can be done with a speaker beside naming: colour, merging, selecting, deleting. */
import type { Speaker } from '../../backend';
import { t, type Key } from '../../i18n';
import { AudioLines, Merge, Pencil, Scissors, Sparkles, Users, X } from '../../lib/icons';
import type { MenuItem } from '../../lib/Menu.svelte';
import { SPEAKER_COLOURS } from '../../lib/speakers';
import type { AppState } from '../../state/app.svelte';
import { merge } from '../../state/document/actions';
import type { DocumentState } from '../../state/document.svelte';

export class SpeakerMenus {
  open = $state.raw<{ label: string; items: (MenuItem | 'line')[]; at: HTMLElement } | null>(null);
  #doc: DocumentState;
  #app: AppState;

  constructor(doc: DocumentState, app: AppState) {
    this.#doc = doc;
    this.#app = app;
  }

  close = (): void => {
    this.open = null;
  };

  /** Says what was done and offers to undo it. */
  undoable(text: string): void {
    this.#app.toasts.undoable(text, this.#doc);
  }

  more(at: HTMLElement, speaker: Speaker): void {
    const doc = this.#doc;
    const others = (doc.document?.speakers ?? []).filter((other) => other.id !== speaker.id);
    const own = (doc.document?.utterances ?? []).filter((u) => u.speaker === speaker.id).map((u) => u.id);
    const items: (MenuItem | 'line')[] = [
      { label: t('inspector.rename'), icon: Pencil, run: () => (doc.naming = speaker.id) },
      { label: t('inspector.colour'), icon: Sparkles, run: () => this.#colours(at, speaker) },
      { label: t('inspector.select_all'), icon: Users, run: () => this.#select(own) },
    ];
    if (others.length > 0) items.push({ label: t('inspector.merge_into'), icon: Merge, run: () => this.#into(at, speaker, others) });
    if (own.length > 0) items.push({ label: t('inspector.two'), icon: Scissors, run: () => void this.#two(speaker) });
    if (speaker.named && own.length > 0 && this.#app.settings?.preferences.remember_voices) {
      items.push({ label: t('inspector.remember'), icon: AudioLines, run: () => void this.#remember(speaker) });
    }
    if (own.length === 0 && speaker.speech_ms === 0) {
      items.push('line', { label: t('inspector.delete'), icon: X, danger: true, run: () => void this.#delete(speaker) });
    }
    this.open = { label: t('inspector.more', { name: speaker.name }), items, at };
  }

  /** Makes a speaker another one. */
  async into(from: Speaker, into: Speaker): Promise<void> {
    if (await merge(this.#doc, [from.id], into.id)) {
      this.undoable(t('inspector.merged', { from: from.name, into: into.name }));
    }
  }

  /** This one is two people: the voice is told apart. */
  async #two(speaker: Speaker): Promise<void> {
    const made = await this.#doc.regroup({ split: speaker.id });
    if (made === 'changed') this.undoable(t('inspector.two_done', { name: speaker.name }));
  }

  async #remember(speaker: Speaker): Promise<void> {
    const transcript = this.#doc.document?.transcript;
    if (!transcript) return;
    await this.#app.guarded(async () => {
      await this.#app.backend.voices.remember(transcript, speaker.id);
      this.#app.toasts.show({ text: t('inspector.remembered', { name: speaker.name }) });
    });
  }

  #into(at: HTMLElement, speaker: Speaker, others: Speaker[]): void {
    const items = others.map<MenuItem>((into) => ({ label: into.name, badge: into, run: () => void this.into(speaker, into) }));
    this.open = { label: t('inspector.merge_into'), items, at };
  }

  #colours(at: HTMLElement, speaker: Speaker): void {
    const items = Array.from({ length: SPEAKER_COLOURS }, (_, colour): MenuItem => ({
      label: t(`colours.${colour}` as Key),
      badge: { ...speaker, colour },
      checked: colour === speaker.colour,
      run: () => void this.#doc.edit({ edit: 'recolour_speaker', speaker: speaker.id, colour }),
    }));
    this.open = { label: t('inspector.colour_of', { name: speaker.name }), items, at };
  }

  #select(utterances: number[]): void {
    this.#doc.place.select(utterances);
    const [first] = utterances;
    if (first !== undefined) this.#doc.place.reveal({ utterance: first });
  }

  async #delete(speaker: Speaker): Promise<void> {
    if (await this.#doc.edit({ edit: 'remove_speaker', speaker: speaker.id })) {
      this.undoable(t('inspector.deleted', { name: speaker.name }));
    }
  }
}
