/** The one way from the page to the program. The window uses tauri/, tests use memory/. A refusal rejects with a Notice. */
import type {
  Added,
  Change,
  Component,
  Device,
  Document,
  Edit,
  ExportDoubt,
  ExportFormat,
  Exported,
  ExportedMany,
  ExportOptions,
  FindQuery,
  FindResult,
  Gauge,
  ImportFile,
  Input,
  JobSettings,
  KnownVoice,
  Language,
  LeftRecording,
  Marker,
  Model,
  PlannedExport,
  ProgramEvent,
  Recording,
  RecorderState,
  SearchHit,
  Settings,
  Sources,
  Span,
  SpeakerWish,
  Status,
  VoiceOffer,
  Waveform,
} from './types';

export * from './types';

/** Recordings and the queue. */
export interface LibraryBackend {
  list(): Promise<Recording[]>;
  /** Opens the system's file dialog under a title; nothing is added where the person closes it. */
  choose(title: string): Promise<Added>;
  /** Adds files and the files in folders; `again` adds also what is in the library already. */
  add(paths: string[], again?: boolean): Promise<Added>;
  rename(recording: string, title: string): Promise<void>;
  /** Takes recordings and their transcripts out of the library; the original files stay. Undone by `restore`. */
  remove(recordings: string[]): Promise<void>;
  /** Brings back what `remove` took, until the program ends. */
  restore(recordings: string[]): Promise<void>;
  search(query: string, limit: number): Promise<SearchHit[]>;
  /** Null until the file was read. */
  waveform(recording: string): Promise<Waveform | null>;
  /** Asks for the file of a recording that was moved; false where the person closes the dialog. */
  locate(recording: string, title: string): Promise<boolean>;
  /** Shows the recording's file in the system's file manager. */
  reveal(recording: string): Promise<void>;

  /** Asks for a transcript file: JSON of this program, SRT, VTT or text with times; null where the person closes the dialog. */
  chooseImport(title: string): Promise<ImportFile | null>;
  /** What is known of transcript files that were dropped. */
  lookAtImports(paths: string[]): Promise<ImportFile[]>;
  /** Asks for the recording of a transcript that is imported; null where the person closes the dialog. */
  chooseAudio(title: string): Promise<string | null>;
  /** Takes a transcript file in, with its recording or without; the recording that it became. */
  importTranscript(path: string, audio: string | null): Promise<string>;

  cancel(recording: string): Promise<void>;
  /** Goes on with a cancelled or paused job, or tries a failed one again. */
  resume(recording: string): Promise<void>;
  pause(recording: string): Promise<void>;
  /** Puts a waiting job before another one; null: at the end. */
  move(recording: string, before: string | null): Promise<void>;
  /** Transcribes again with other settings. */
  again(recording: string, settings: JobSettings): Promise<void>;
}

/** The transcript of a recording. */
export interface DocumentBackend {
  /** The newest transcript of a recording, else what its job has finished so far, else null. */
  open(recording: string): Promise<Document | null>;
  /** Rejects with the code `conflict` where the transcript has another revision by now. */
  apply(transcript: string, revision: number, edit: Edit): Promise<Change>;
  undo(transcript: string, revision: number): Promise<Change>;
  redo(transcript: string, revision: number): Promise<Change>;
  find(transcript: string, query: FindQuery): Promise<FindResult>;
  /** Tells speakers apart again, as one edit; null where a job has to hear the voices first. */
  speakers(transcript: string, revision: number, wish: SpeakerWish): Promise<Change | null>;
}

/** Voices that are remembered. Each call answers with everybody who is known then. */
export interface VoicesBackend {
  list(): Promise<KnownVoice[]>;
  /** Names for speakers of a transcript who have none, best first; empty where nobody switched that on. */
  offers(transcript: string): Promise<VoiceOffer[]>;
  /** Remembers how a named speaker sounds. */
  remember(transcript: string, speaker: number): Promise<KnownVoice[]>;
  /** Says that a speaker is not that person; what else is offered then. */
  reject(transcript: string, speaker: number, person: number): Promise<VoiceOffer[]>;
  /** Another name; two with one name become one. */
  rename(person: number, name: string): Promise<KnownVoice[]>;
  /** Deletes for good. */
  forget(person: number): Promise<KnownVoice[]>;
  /** Asks for a folder and writes all voices to a file in it; its path, or null where the person closes the dialog. */
  exportTo(title: string): Promise<string | null>;
  /** Asks for such a file and takes it in; null where the person closes the dialog. */
  importFrom(title: string): Promise<KnownVoice[] | null>;
}

/** Sound. What it does is told by `player` events. */
export interface PlayerBackend {
  load(recording: string): Promise<void>;
  /** From a place, else from where it stands. */
  play(from_ms: number | null): Promise<void>;
  pause(): Promise<void>;
  seek(position_ms: number): Promise<void>;
  rate(rate: number): Promise<void>;
  volume(volume: number): Promise<void>;
  loop(span: Span | null): Promise<void>;
}

/** Files for others. */
export interface ExportBackend {
  formats(): Promise<ExportFormat[]>;
  /** Opens the save dialog; null where the person closes it. */
  save(transcript: string, format: string, options: ExportOptions, title: string): Promise<Exported | null>;
  /** What somebody should know of these transcripts before they are given away; empty where all is well. */
  check(transcripts: string[]): Promise<ExportDoubt[]>;
  /** Asks for a folder; null where the person closes the dialog. */
  folder(title: string): Promise<string | null>;
  /** Which files would be written there: one for each transcript and format. */
  plan(transcripts: string[], formats: string[], folder: string): Promise<PlannedExport[]>;
  /** Writes them, each format with its options; `existing` says what becomes of files that are there. */
  saveAll(
    transcripts: string[],
    formats: string[],
    options: Record<string, ExportOptions>,
    folder: string,
    existing: 'replace' | 'keep_both',
  ): Promise<ExportedMany>;
  /** The transcript as plain text. */
  text(transcript: string, options: ExportOptions): Promise<string>;
  /** Shows a file in the system's file manager. */
  reveal(path: string): Promise<void>;
}

/** Live recording. How it goes is told by `recorder`, `preview` and `inputs` events. */
export interface RecorderBackend {
  /** Everything that can be recorded. Rejects with the code `no_permission` where the system does not allow it. */
  inputs(): Promise<Input[]>;
  /**
   * Opens inputs without recording, so that the level shows and nothing of the first word is lost; null closes
   * them. Does nothing while something is recorded.
   */
  ready(sources: Sources | null): Promise<void>;
  start(sources: Sources): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Records from another input from now on. */
  use(input: string | null): Promise<void>;
  /** Marks the place that is being recorded. */
  mark(): Promise<Marker>;
  /** Gives a mark its note. */
  note(marker: number, note: string): Promise<void>;
  /**
   * Finishes the file, takes it into the library under this title and puts it into the queue; the recording that it
   * became. What else should be known, as that no model is here for it, comes as a notice.
   */
  stop(title: string): Promise<string>;
  /** Stops and puts the file aside; its id, by which it comes back within a day. */
  discard(): Promise<string>;
  /** Brings back what was discarded and puts it into the queue; the recording that it became. */
  undoDiscard(id: string): Promise<string>;
  state(): Promise<RecorderState>;
  /** Recordings that were not finished, as after a power cut, and those discarded within a day. */
  left(): Promise<LeftRecording[]>;
  /** Mends what was not finished, takes it into the library and puts it into the queue; the recording that it became. */
  adopt(id: string): Promise<string>;
  /** Discards what was not finished; comes back by `undoDiscard` within a day. */
  discardLeft(id: string): Promise<void>;
}

/** Models. What happens to them is told by `model` events. */
export interface ModelsBackend {
  list(): Promise<Model[]>;
  /** Begins a download or goes on with it; resolves at once. */
  download(name: string): Promise<void>;
  /** Stops a download and keeps what is here. */
  pause(name: string): Promise<void>;
  /** Stops a download and removes what is here. */
  cancel(name: string): Promise<void>;
  /** Reads the whole file and compares it with what it should be. */
  verify(name: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Asks for a model file and takes it in; its name, or null where the person closes the dialog. */
  importFile(title: string): Promise<string | null>;
}

/** The rest. */
export interface ProgramBackend {
  status(): Promise<Status>;
  /** What cards and processor are doing now. */
  gauge(): Promise<Gauge>;
  devices(): Promise<Device[]>;
  languages(): Promise<Language[]>;
  components(): Promise<Component[]>;
  settings(): Promise<Settings>;
  saveSettings(settings: Settings): Promise<void>;
  /** Facts about program, machine and the last log lines: for a person to read before sending it anywhere. */
  report(): Promise<string>;
  /** Asks where, and writes the report; null where the person closes the dialog. */
  saveReport(title: string): Promise<Exported | null>;
  openLogs(): Promise<void>;
  openDataFolder(): Promise<void>;
  /** Asks for a folder and moves the library there; where it is now, or null where the person closes the dialog. */
  moveLibrary(title: string): Promise<string | null>;
  /** Title of the window, and what the task bar shows of the work: 0 to 1, null for nothing. */
  activity(title: string, fraction: number | null): Promise<void>;
  /** Puts text into the clipboard: web views on Linux refuse it to their pages. */
  copy(text: string): Promise<void>;
  /** Paths of files that were copied in the file manager: web views on Linux tell their pages only that there are some. */
  copiedFiles(): Promise<string[]>;
  /** A notification of the system. */
  notify(title: string, body: string): Promise<void>;
  /** Ends the program; jobs go on from their last finished window at the next start. */
  quit(): Promise<void>;
}

/** Everything that the page can ask for. */
export interface Backend {
  library: LibraryBackend;
  document: DocumentBackend;
  voices: VoicesBackend;
  player: PlayerBackend;
  exports: ExportBackend;
  recorder: RecorderBackend;
  models: ModelsBackend;
  program: ProgramBackend;
  /** Calls back for each event until the returned function is called. */
  listen(handler: (event: ProgramEvent) => void): Promise<() => void>;
}
