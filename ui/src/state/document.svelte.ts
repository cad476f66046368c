/** The open transcript: read, edited one step after the other, kept as it is in the program. */
import { getContext, setContext } from 'svelte';
import type { Backend, Change, Document, Edit, Notice, ProgramEvent, Recording, Speaker, SpeakerWish, Utterance } from '../backend';
import { changed, named, reread } from './document/change';
import type { Doubt } from './document/check';
import { openGaps } from './document/gaps';
import { Place } from './document/place.svelte';
import { asNotice } from './notices.svelte';

/** Typing is kept this long after the last key. */
export const IDLE_MS = 400;
/** Text of a running job is painted at most so often. */
const TEXT_MS = 250;

/** A person's text for an utterance that says something else in the program by now. */
export interface Kept {
  utterance: number;
  at_ms: number;
  text: string;
}

/** An edit, or how to make one of the document as it is when its turn comes; null for none. */
export type EditMaker = Edit | ((document: Document) => Edit | null);

type Call = (transcript: string, revision: number) => Promise<Change | null>;

export class DocumentState {
  document = $state.raw<Document | null>(null);
  recording = $state<string | null>(null);
  /** True from opening until the text is there. */
  loading = $state(false);
  /** Whether the transcript could not be read. */
  unread = $state(false);
  /** Why typed text could not be kept; it stays in the page. */
  stopped = $state.raw<Notice | null>(null);
  /** Texts that clashed with changes made elsewhere. */
  kept = $state.raw<Kept[]>([]);
  /** The passage that was looked at last, while going through what wants a look. */
  doubt = $state.raw<Doubt | null>(null);
  /** The speaker whose name is wanted. */
  naming = $state<number | null>(null);
  /** Whether speakers are being chosen to be made one. */
  merging = $state(false);
  /** Is told what was refused. */
  tell: (notice: Notice) => void = () => {};
  readonly place = new Place();

  #typed = $state(0);
  #sending = $state(0);

  readonly gaps = $derived(this.document ? openGaps(this.document) : []);
  readonly editable = $derived(this.document !== null && this.document.transcript !== null);
  readonly speakers = $derived(new Map((this.document?.speakers ?? []).map((s) => [s.id, s])));
  readonly saved = $derived(this.stopped === null && this.#typed === 0 && this.#sending === 0);

  #backend: Backend;
  #drafts = new Map<number, string>();
  #tail: Promise<unknown> = Promise.resolve();
  #idle: ReturnType<typeof setTimeout> | undefined;
  #textComes = false;
  /** The transcript that the library named last. */
  #followed: string | null | undefined;
  #byId = $derived(new Map((this.document?.utterances ?? []).map((u) => [u.id, u])));
  #stop: Promise<() => void>;

  constructor(backend: Backend) {
    this.#backend = backend;
    this.#stop = backend.listen((event) => this.#heard(event));
  }

  /** Keeps what was typed and listens no more. */
  async stop(): Promise<void> {
    await this.commit();
    (await this.#stop)();
  }

  utterance(id: number | null): Utterance | undefined {
    return id === null ? undefined : this.#byId.get(id);
  }

  speaker(id: number | null): Speaker | undefined {
    return id === null ? undefined : this.speakers.get(id);
  }

  /** Opens a recording's transcript, at a place if one is given. */
  async open(recording: string, where: { utterance?: number; at_ms?: number } = {}): Promise<void> {
    if (recording !== this.recording) {
      void this.commit();
      this.recording = recording;
      this.loading = true;
      this.place.reset();
      this.kept = [];
      this.#followed = undefined;
      this.unread = false;
      this.doubt = null;
      this.naming = null;
      this.merging = false;
      this.stopped = null;
      this.document = null;
      await this.#enqueue(() => this.#read());
    }
    if (this.recording !== recording) return;
    if (where.utterance !== undefined) this.place.reveal({ utterance: where.utterance });
    else if (where.at_ms !== undefined) this.place.reveal({ at_ms: where.at_ms });
  }

  /** Closes the document, what was typed being kept. */
  close(): void {
    void this.commit();
    this.recording = null;
    this.document = null;
    this.place.reset();
  }

  /** Reads again where the recording has a transcript that is not the one shown. */
  follow(recording: Recording): void {
    if (recording.id !== this.recording || this.loading || this.#followed === recording.transcript) return;
    // Once for each: what the program gives then is what there is.
    this.#followed = recording.transcript;
    if (recording.transcript !== (this.document?.transcript ?? null)) void this.#enqueue(() => this.#read());
  }

  /** Reads what is in the program now. Text that was typed here is kept, beside the other where both changed. */
  async reload(): Promise<void> {
    await this.#enqueue(() => this.#read());
    await this.commit();
  }

  /** The text of an utterance with what is being typed. */
  textOf(utterance: Utterance): string {
    return this.#drafts.get(utterance.id) ?? utterance.text;
  }

  /** Whether something was typed that the program does not have yet. */
  isTyped(utterance: number): boolean {
    return this.#drafts.has(utterance);
  }

  /** Takes text over while it is typed; it is kept a moment after the last key. */
  type(utterance: number, text: string): void {
    if (!this.editable) return;
    this.#draft(utterance, text);
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.commit(), IDLE_MS);
  }

  /** Keeps what was typed now. */
  async commit(): Promise<void> {
    clearTimeout(this.#idle);
    if (this.stopped) return;
    await Promise.all([...this.#drafts.keys()].map((id) => this.#enqueue(() => this.#commitOne(id))));
  }

  /** Tries again what could not be kept. */
  async retry(): Promise<void> {
    this.stopped = null;
    await this.commit();
  }

  /** Makes an edit after all before it; null where it was refused or there was nothing to do. */
  async edit(make: EditMaker): Promise<Change | null> {
    await this.commit();
    return this.#enqueue(async () => {
      const document = this.document;
      const edit = document && (typeof make === 'function' ? make(document) : make);
      if (!edit) return null;
      return this.#send((transcript, revision) => this.#backend.document.apply(transcript, revision, edit));
    });
  }

  /** Tells speakers apart again after all edits before it; `queued` where a job has to hear the voices first. */
  async regroup(wish: SpeakerWish): Promise<'changed' | 'queued' | null> {
    await this.commit();
    let queued = false;
    const change = await this.#enqueue(() =>
      this.#send(async (transcript, revision) => {
        const made = await this.#backend.document.speakers(transcript, revision, wish);
        queued = made === null;
        return made;
      }),
    );
    return queued ? 'queued' : change && 'changed';
  }

  undo = (): Promise<Change | null> => this.#step('undo');
  redo = (): Promise<Change | null> => this.#step('redo');

  /** Puts a person's own text in place of what was changed elsewhere. */
  async useMine(kept: Kept): Promise<void> {
    this.drop(kept);
    const edit: Edit = { edit: 'replace_text', utterance: kept.utterance, text: kept.text };
    if (this.utterance(kept.utterance)) await this.edit(edit);
  }

  /** Lets a kept text go. */
  drop(kept: Kept): void {
    this.kept = this.kept.filter((other) => other !== kept);
  }

  async #step(way: 'undo' | 'redo'): Promise<Change | null> {
    await this.commit();
    return this.#enqueue(() => this.#send((transcript, revision) => this.#backend.document[way](transcript, revision)));
  }

  async #commitOne(id: number): Promise<void> {
    const text = this.#drafts.get(id);
    const utterance = this.utterance(id);
    if (text === undefined || this.stopped) return;
    if (!utterance || utterance.text === text) return this.#draft(id, null);
    const edit: Edit = { edit: 'replace_text', utterance: id, text };
    await this.#send((transcript, revision) => this.#backend.document.apply(transcript, revision, edit), { id, text });
  }

  /** Sends one step and takes over what came of it. Where typed text is refused, everything stops until the person decides. */
  async #send(call: Call, typed?: { id: number; text: string }): Promise<Change | null> {
    const before = this.document;
    if (!before || before.transcript === null || this.stopped) return null;
    this.#sending += 1;
    try {
      const change = await call(before.transcript, before.revision);
      // Before the page sees the change: what is no draft any more is shown with its marks. Newer keys may have come.
      if (typed && this.#drafts.get(typed.id) === typed.text) this.#draft(typed.id, null);
      if (change && this.document?.transcript === before.transcript) this.document = named(changed(this.document, change));
      return change;
    } catch (refusal) {
      const notice = asNotice(refusal);
      if (typed || notice.code === 'conflict') this.stopped = notice;
      else this.tell(notice);
      return null;
    } finally {
      this.#sending -= 1;
    }
  }

  async #read(): Promise<void> {
    const recording = this.recording;
    if (recording === null) return;
    try {
      const fresh = await this.#backend.document.open(recording);
      if (this.recording !== recording) return;
      if (fresh) this.#keepApart(fresh);
      this.stopped = null;
      this.unread = false;
      this.document = fresh && named(reread(this.document, fresh));
    } catch (refusal) {
      this.unread = this.document === null;
      this.tell(asNotice(refusal));
    } finally {
      if (this.recording === recording) this.loading = false;
    }
  }

  /** Sorts typed text: where the other side left an utterance alone it is committed later, else both are shown. */
  #keepApart(fresh: Document): void {
    const theirs = new Map(fresh.utterances.map((u) => [u.id, u.text]));
    const clashes: Kept[] = [];
    for (const [id, text] of this.#drafts) {
      const base = this.utterance(id);
      if (base && theirs.get(id) === base.text) continue;
      if (base && theirs.get(id) !== text) clashes.push({ utterance: id, at_ms: base.start_ms, text });
      this.#draft(id, null);
    }
    this.kept = [...this.kept, ...clashes];
  }

  #draft(id: number, text: string | null): void {
    if (text === null) this.#drafts.delete(id);
    else this.#drafts.set(id, text);
    this.#typed = this.#drafts.size;
  }

  #heard(event: ProgramEvent): void {
    if (event.kind === 'document' && event.transcript === this.document?.transcript) {
      // After the edits that are on their way: it may be one of them.
      void this.#enqueue(async () => {
        if (this.document && event.revision > this.document.revision && !this.stopped) await this.#read();
      }).then(() => this.commit());
    }
    if (event.kind === 'text' && event.recording === this.recording && !this.#textComes) {
      this.#textComes = true;
      setTimeout(() => {
        this.#textComes = false;
        void this.#enqueue(() => this.#read());
      }, TEXT_MS);
    }
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work);
    this.#tail = turn.catch(() => {});
    return turn;
  }
}

const KEY = Symbol('document');
export const provideDocument = (state: DocumentState): DocumentState => setContext(KEY, state);
export const useDocument = (): DocumentState => getContext<DocumentState>(KEY);
