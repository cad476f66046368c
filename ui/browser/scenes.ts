/** What the page is shown with, by name: one scene for each state that a part can be in. */
import type { MemoryBackend } from '../src/backend/memory';
import { machine, type Machine } from '../src/backend/memory/gauge';
import { notice } from '../src/backend/memory/hub';
import type { Recording, RecordingState } from '../src/backend';
import { documentOf, longTalk, NAMES, TALK, waveformOf, type Said } from './documents';

export type Scene = (backend: MemoryBackend) => void;

const running: RecordingState = {
  kind: 'running', stage: 'transcribe', fraction: 0.43, stage_fraction: 0.4, seconds_left: 244, speed: 14.2, device: 'Processor, 2 threads',
};
const HTML = '<img src=x onerror="alert(1)"><b>bold</b>';
const LONG = 'A very long title that goes on and on '.repeat(8).trim();

/** Days before now, at noon: groups do not depend on the hour at which the test runs. */
const day = (before: number): string => new Date(new Date().setHours(12, 0, 0, 0) - before * 86_400_000).toISOString();

function done(backend: MemoryBackend, facts: Partial<Recording>): Recording {
  const id = facts.id ?? 'done';
  return backend.library.put({ state: { kind: 'done' }, transcript: `t-${id}`, speakers: 4, duration_ms: 7_477_000, ...facts });
}

/** A recording that is open, with its transcript. */
function opened(backend: MemoryBackend, said: Said[], names = NAMES, facts: Partial<Recording> = {}): void {
  const document = documentOf('talk', said, names);
  backend.document.set({ ...document, gaps: [{ start_ms: document.facts.words_ms, end_ms: document.facts.words_ms + 18_000 }] });
  done(backend, { id: 'talk', title: 'Samira Haddad – water rights', file_name: 'water-rights.wav', ...facts });
  if (said.length < 1000) backend.library.waveforms.set('talk', waveformOf(document));
}

function library(backend: MemoryBackend): void {
  const titles: [string, number, number][] = [
    ['ग्राम सभा की बैठक', 9, 40], ['取材 田中さん', 2, 12], ['Oral history – Greta Lindqvist', 2, 9],
    ['Интервью с реставратором', 2, 1], ['Ward team meeting, 18 March', 6, 1], ['Planning committee, item 7', 5, 0],
  ];
  for (const [title, speakers, days] of titles) {
    done(backend, { title, speakers, file_name: `${title}.m4a`, added_at: day(days), transcript: `t-${title}` });
  }
}

function queue(backend: MemoryBackend): void {
  const put = (file_name: string, state: RecordingState, more: Partial<Recording> = {}) =>
    backend.library.put({ file_name, state, duration_ms: 4_925_000, ...more });
  put('Ward team meeting, 18 March.m4a', { kind: 'done' }, { transcript: 't-ward', speakers: 6, added_at: day(1) });
  put('取材 田中さん.wav', { kind: 'waiting' }, { position: 3, duration_ms: 2_200_000 });
  put('Интервью с реставратором.opus', { kind: 'waiting' }, { position: 2 });
  put('paused.wav', { kind: 'paused' });
  put('stopped.wav', { kind: 'cancelled' });
  put('PTT-20260311-WA0004.opus', {
    kind: 'failed',
    notice: { ...notice('The file ends at 12:31 of 40:00, probably not fully copied.', 'Copy it again, then try again.'), detail: 'packet 4711: unexpected end' },
  });
  put('drone-footage-0412.mp4', {
    kind: 'failed', notice: notice('This video has no sound track.', 'There is nothing to transcribe.', 'no_sound_track'),
  });
  put('Planning committee, item 7.mp3', running, { position: 1, duration_ms: 6_440_000 });
  const soFar = documentOf('soFar', TALK.map(([, text]) => [null, text]), [], { transcript: null });
  const job = backend.library.recordings[0];
  if (job) backend.document.set({ ...soFar, recording: job.id, title: job.title });
}

/** Twelve minutes into a recording; the clock stands until a test lets it run. */
function recording(backend: MemoryBackend): void {
  library(backend);
  backend.recorder.clock = false;
  backend.recorder.now = {
    ...backend.recorder.now,
    phase: 'recording', started_at: new Date(new Date().setHours(13, 51, 0, 0)).toISOString(), elapsed_ms: 734_000, input: 'mic',
    room_ms: 61 * 3_600_000, preview: 'Base',
    markers: [
      { id: 101, at_ms: 220_000, note: 'Consent given on tape' },
      { id: 102, at_ms: 542_000, note: 'ذكر اسم المقاول' },
      { id: 103, at_ms: 698_000, note: '' },
    ],
  };
}

/** A job runs on a machine with these cards; the memory of the first rises and falls, and its load goes along. */
const on = (kind: Machine): Scene => (backend) => {
  queue(backend);
  const { program, library: { recordings } } = backend;
  const device = kind === 'one card' || kind === 'four cards' ? 'NVIDIA GeForce RTX 4070' : 'Processor, 2 threads';
  for (const r of recordings) if (r.state.kind === 'running') r.state = { ...r.state, device };
  let looks = 0;
  program.gauge = async () => {
    const gauge = { ...machine(kind), device };
    const wave = 0.5 + 0.5 * Math.sin(looks++ / 12);
    gauge.usage.processor = 0.2 + 0.6 * wave;
    const card = gauge.cards[0];
    if (card?.memory_ours) {
      card.memory_free -= 2e9 * wave;
      card.memory_ours += 2e9 * wave;
    }
    return gauge;
  };
};

function models(backend: MemoryBackend): void {
  const states = backend.models.models;
  const put = (name: string, state: (typeof states)[number]['state'], more = {}) =>
    states.push({ ...states[0]!, name, title: name, preferred: false, removable: true, ...more, state });
  backend.models.models.forEach((m) => {
    if (m.name === 'large-v3') m.state = { kind: 'downloading', done: 1_300_000_000, total: m.bytes };
  });
  put('Small, English only', { kind: 'paused', done: 180_000_000, total: 488_000_000 }, { multilingual: false, bytes: 488_000_000 });
  put('Medium', { kind: 'failed', notice: notice('The file differs from the published one.', 'Download it again.') }, { bytes: 1_500_000_000 });
  put('kb-whisper-small-q5.bin', { kind: 'ready' }, { known: false, licence: '', credit: '' });
  put('Tiny', { kind: 'checking' });
}

/** A voice that sounds like somebody who is remembered. */
function voices(backend: MemoryBackend): void {
  opened(backend, TALK);
  backend.program.settingsNow.preferences.remember_voices = true;
  backend.voices.sounds.set('t-talk 3', 'bright');
  backend.voices.learn('Ona Lind', 'bright');
  backend.voices.learn('Ona with a very long name that goes on and on for a while', 'brighter');
}

export const scenes: Record<string, Scene> = {
  voices,
  welcome: () => {},
  /** Nothing is here yet, and nothing fetched. */
  missing: (backend) => {
    backend.program.statusNow.checks = [
      { what: 'speech', ready: false, name: '', bytes: null },
      { what: 'speakers', ready: false, name: '', bytes: null },
      { what: 'device', ready: false, name: '', bytes: null },
    ];
    for (const m of backend.models.models) m.state = { kind: 'absent' };
  },
  /** The program does not answer. */
  loading: (backend) => {
    backend.library.list = () => new Promise(() => {});
    backend.document.open = () => new Promise(() => {});
  },
  /** The program refuses everything. */
  refusing: (backend) => {
    const refuse = () => Promise.reject(notice('The library could not be read.', 'The disk may be full. Free some space, then start again.'));
    backend.library.list = refuse;
    backend.program.settings = refuse;
    backend.models.list = refuse;
  },
  queue,
  library: (backend) => {
    library(backend);
    opened(backend, TALK);
    backend.library.put({ title: 'Moved away', missing: true, state: { kind: 'done' }, transcript: 't-moved' });
    backend.library.hits = TALK.filter(([speaker]) => speaker !== 1).map(([, text], i) => ({
      recording: 'talk', title: 'Samira Haddad – water rights', transcript: 't-talk', utterance: i + 1, start_ms: i * 9000, text,
    }));
  },
  /** Enough rows that only some are drawn. */
  manyRecordings: (backend) => {
    for (let i = 1000; i > 0; i--) done(backend, { id: `r${i}`, title: `Recording ${i}`, added_at: day(i / 3), transcript: `t-${i}` });
  },
  /** Places to doubt of each kind of outcome. */
  doubts: (backend) => {
    opened(backend, TALK);
    const document = documentOf('talk', TALK);
    const said = document.utterances[3]!;
    const end = document.facts.words_ms;
    const settled = false;
    backend.document.set({
      ...document,
      gaps: [{ start_ms: end, end_ms: end + 18_000 }],
      doubts: [
        { id: 0, kind: 'loop', start: said.start_ms, end: said.end_ms, verdict: 'kept', text: said.text, settled },
        { id: 1, kind: 'boilerplate', start: said.end_ms, end: said.end_ms + 500, verdict: 'dropped', text: 'Thanks for watching!', settled },
        { id: 2, kind: 'rate', start: said.end_ms, end: said.end_ms + 500, verdict: 'repaired', text: 'to and fro', settled },
        { id: 3, kind: 'speech_without_words', start: end, end: end + 18_000, verdict: 'kept', text: '', settled },
      ],
    });
  },
  transcript: (backend) => {
    library(backend);
    opened(backend, TALK);
  },
  tenHours: (backend) => opened(backend, longTalk(6000)),
  noSpeech: (backend) => opened(backend, []),
  moved: (backend) => opened(backend, TALK, NAMES, { missing: true }),
  longText: (backend) =>
    opened(backend, [[0, `${'This is one utterance that nobody ends. '.repeat(60)}`], [1, 'Antidisestablishmentarianism'.repeat(12)]], [LONG, 'B'], {
      title: LONG,
      file_name: `${LONG}.wav`,
    }),
  rightToLeft: (backend) => opened(backend, TALK.filter(([speaker]) => speaker === 1), ['سميرة حداد', 'سميرة حداد'], { title: 'حقوق المياه في القرية' }),
  html: (backend) => {
    opened(backend, [[0, HTML], [1, `He said ${HTML}.`]], [HTML, HTML], { title: HTML, file_name: `${HTML}.wav` });
    backend.library.put({ title: HTML, file_name: HTML, state: { kind: 'failed', notice: { ...notice(HTML, HTML), detail: HTML } } });
  },
  models,
  /** Failures that something special helps against. */
  failed: (backend) => {
    const put = (file_name: string, message: string, code: string, more: Partial<Recording> = {}) =>
      backend.library.put({ file_name, state: { kind: 'failed', notice: notice(message, null, code) }, ...more });
    backend.models.models[0]!.state = { kind: 'absent' };
    put('talk.wav', 'The model “Base” is not on this computer.', 'model_missing');
    put('moved.wav', 'The file is not where it was.', 'file_not_found', { missing: true });
    put('long.wav', 'The disk is full.', 'disk_full');
  },
  recording,
  /** What can be amiss with a recording, all at once. */
  troubled: (backend) => {
    recording(backend);
    backend.recorder.now = {
      ...backend.recorder.now,
      phase: 'waiting', input: null, level_db: null, peak_db: null, clipped: 4,
      gaps: [{ at_ms: 312_000, length_ms: 95_000, why: 'paused' }, { at_ms: 754_000, length_ms: 12_000, why: 'device' }],
      warnings: [
        { kind: 'device_gone', name: 'RØDE NT-USB Mini', at_ms: 754_000 },
        { kind: 'device_changed', name: 'Headset Jabra Evolve 65', at_ms: 512_000 },
        { kind: 'no_signal', since_ms: 8_000, cause: 'unknown' },
        { kind: 'clipping', count: 4 },
        { kind: 'disk_low', left_ms: 720_000 },
        { kind: 'overrun', lost_ms: 420 },
        { kind: 'preview_behind', skipped_ms: 30_000 },
      ],
      preview: null,
    };
  },
  silent: (backend) => {
    recording(backend);
    backend.recorder.now.warnings = [{ kind: 'no_signal', since_ms: 8_000, cause: 'off' }];
  },
  /** Nothing may be recorded. */
  forbidden: (backend) => {
    backend.recorder.problem = notice('The system does not let this program use the microphone.', null, 'no_permission');
  },
  interrupted: (backend) => {
    library(backend);
    const left = (id: string, minutes: number, discarded_at: string | null) =>
      backend.recorder.remains.push({
        id, started_at: day(minutes / 10), duration_ms: minutes * 60_000 + 10_000, bytes: minutes * 8_640_000, path: `/data/recordings/${id}.wav`, discarded_at,
      });
    left('a', 48, null);
    left('b', 3, day(0));
  },
  doubtful: (backend) => {
    library(backend);
    opened(backend, TALK);
    backend.exports.doubts.set('t-talk', 'unfinished');
  },
  existing: (backend) => {
    library(backend);
    opened(backend, TALK);
    for (const ending of ['pdf', 'docx', 'txt', 'md', 'html', 'csv', 'tsv']) backend.exports.there.add(`t-talk.${ending}`);
  },
  /** A transcript without a recording, and files that could be more of them. */
  imported: (backend) => {
    library(backend);
    opened(backend, TALK, NAMES, { has_sound: false, path: '', file_name: 'water-rights.srt' });
    backend.library.waveforms.clear();
    backend.library.beside.set('/texts/talk.srt', '/texts/talk.mp3');
  },
  noCard: on('no card'),
  oneCard: on('one card'),
  fourCards: on('four cards'),
  lostCard: on('lost card'),
  messages: (backend) => {
    queue(backend);
    backend.library.nextChoice = ['/files/notes.pdf', '/files/paused.wav', `/files/${HTML}.pdf`];
  },
};
