/** The backend behind the real window. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { getCurrentWebview } from '@tauri-apps/api/webview';
import type { Backend, KnownVoice, ProgramEvent, VoiceOffer, Waveform } from './index';

interface VoiceAnswer {
  known: KnownVoice[];
  offers: VoiceOffer[];
  file: string | null;
}

const voices = (call: Record<string, unknown>): Promise<VoiceAnswer> => invoke('voices', { call });

export const tauriBackend: Backend = {
  library: {
    list: () => invoke('library_list'),
    choose: (title) => invoke('library_choose', { title }),
    add: (paths, again = false) => invoke('library_add', { paths, again }),
    rename: (recording, title) => invoke('library_rename', { recording, title }),
    remove: (recordings) => invoke('library_remove', { recordings }),
    restore: (recordings) => invoke('library_restore', { recordings }),
    search: (query, limit) => invoke('library_search', { query, limit }),
    async waveform(recording) {
      const facts = await invoke<Omit<Waveform, 'peaks'> | null>('library_waveform', { recording });
      if (!facts) return null;
      const peaks = await invoke<ArrayBuffer>('library_peaks', { recording });
      return { ...facts, peaks: new Uint8Array(peaks) };
    },
    locate: (recording, title) => invoke('library_locate', { recording, title }),
    reveal: (recording) => invoke('library_reveal', { recording }),
    chooseImport: (title) => invoke('import_choose', { title }),
    lookAtImports: (paths) => invoke('import_look', { paths }),
    chooseAudio: (title) => invoke('import_choose_audio', { title }),
    importTranscript: (path, audio) => invoke('import_transcript', { path, audio }),
    cancel: (recording) => invoke('job_act', { recording, act: 'cancel' }),
    resume: (recording) => invoke('job_act', { recording, act: 'resume' }),
    pause: (recording) => invoke('job_act', { recording, act: 'pause' }),
    move: (recording, before) => invoke('job_move', { recording, before }),
    again: (recording, settings) => invoke('job_again', { recording, settings }),
  },
  document: {
    open: (recording) => invoke('document_open', { recording }),
    apply: (transcript, revision, edit) => invoke('document_apply', { transcript, revision, edit }),
    undo: (transcript, revision) => invoke('document_step', { transcript, revision, redo: false }),
    redo: (transcript, revision) => invoke('document_step', { transcript, revision, redo: true }),
    find: (transcript, query) => invoke('document_find', { transcript, query }),
    speakers: (transcript, revision, wish) => invoke('document_speakers', { transcript, revision, wish }),
  },
  voices: {
    list: async () => (await voices({ call: 'list' })).known,
    offers: async (transcript) => (await voices({ call: 'offers', transcript })).offers,
    remember: async (transcript, speaker) => (await voices({ call: 'remember', transcript, speaker })).known,
    reject: async (transcript, speaker, person) => (await voices({ call: 'reject', transcript, speaker, person })).offers,
    rename: async (person, name) => (await voices({ call: 'rename', person, name })).known,
    forget: async (person) => (await voices({ call: 'forget', person })).known,
    async exportTo(title) {
      const folder = await invoke<string | null>('export_folder', { title });
      return folder === null ? null : (await voices({ call: 'export', folder })).file;
    },
    async importFrom(title) {
      const path = await invoke<string | null>('import_choose_audio', { title });
      return path === null ? null : (await voices({ call: 'import', path })).known;
    },
  },
  player: {
    load: (recording) => invoke('player_load', { recording }),
    play: (from) => invoke('player_play', { from }),
    pause: () => invoke('player_pause'),
    seek: (position) => invoke('player_seek', { position }),
    rate: (rate) => invoke('player_rate', { rate }),
    volume: (volume) => invoke('player_volume', { volume }),
    loop: (span) => invoke('player_loop', { span }),
  },
  exports: {
    formats: () => invoke('export_formats'),
    save: (transcript, format, options, title) => invoke('export_save', { transcript, format, options, title }),
    check: (transcripts) => invoke('export_check', { transcripts }),
    folder: (title) => invoke('export_folder', { title }),
    plan: (transcripts, formats, folder) => invoke('export_plan', { transcripts, formats, folder }),
    saveAll: (transcripts, formats, options, folder, existing) =>
      invoke('export_save_all', { transcripts, formats, options, folder, existing }),
    text: (transcript, options) => invoke('export_text', { transcript, options }),
    reveal: (path) => invoke('export_reveal', { path }),
  },
  recorder: {
    inputs: () => invoke('recorder_inputs'),
    ready: (sources) => invoke('recorder_ready', { sources }),
    start: (sources) => invoke('recorder_start', { sources }),
    pause: () => invoke('recorder_pause'),
    resume: () => invoke('recorder_resume'),
    use: (input) => invoke('recorder_use', { input }),
    mark: () => invoke('recorder_mark'),
    note: (marker, note) => invoke('recorder_note', { marker, note }),
    stop: (title) => invoke('recorder_stop', { title }),
    discard: () => invoke('recorder_discard'),
    undoDiscard: (id) => invoke('recorder_adopt', { id }),
    state: () => invoke('recorder_state'),
    left: () => invoke('recorder_left'),
    adopt: (id) => invoke('recorder_adopt', { id }),
    discardLeft: (id) => invoke('recorder_discard_left', { id }),
  },
  models: {
    list: () => invoke('models_list'),
    download: (name) => invoke('models_download', { name }),
    pause: (name) => invoke('models_pause', { name }),
    cancel: (name) => invoke('models_cancel', { name }),
    verify: (name) => invoke('models_verify', { name }),
    remove: (name) => invoke('models_remove', { name }),
    importFile: (title) => invoke('models_import', { title }),
  },
  program: {
    status: () => invoke('status'),
    gauge: () => invoke('gauge'),
    devices: () => invoke('devices'),
    languages: () => invoke('languages'),
    components: () => invoke('components'),
    settings: () => invoke('settings'),
    saveSettings: (settings) => invoke('save_settings', { settings }),
    report: () => invoke('report'),
    saveReport: (title) => invoke('save_report', { title }),
    openLogs: () => invoke('open_folder', { logs: true }),
    openDataFolder: () => invoke('open_folder', { logs: false }),
    moveLibrary: (title) => invoke('move_library', { title }),
    activity: (title, fraction) => invoke('activity', { title, fraction }),
    copy: (text) => invoke('copy', { text }),
    copiedFiles: () => invoke('copied_files'),
    notify: (title, body) => invoke('notify', { title, body }),
    quit: () => invoke('quit'),
  },

  async listen(handler) {
    const fromProgram = await listen<ProgramEvent>('program', (event) => handler(event.payload));
    const fromDrag = await getCurrentWebview().onDragDropEvent(({ payload }) => {
      if (payload.type === 'enter') handler({ kind: 'drag', files: payload.paths.length });
      if (payload.type === 'leave') handler({ kind: 'drag', files: null });
      if (payload.type === 'drop') handler({ kind: 'drop', paths: payload.paths });
    });
    return () => {
      fromProgram();
      fromDrag();
    };
  },
};
