/** The program itself in memory: status, settings, what the system would be asked for. */
import type { ProgramBackend } from '../index';
import type { Component, Device, Exported, Gauge, Language, Settings, Status } from '../types';
import { machine } from './gauge';
import type { Hub } from './hub';

export class MemoryProgram implements ProgramBackend {
  statusNow: Status = {
    version: '0.1.0',
    checks: [
      { what: 'speech', ready: true, name: 'Base', bytes: 147_951_465 },
      { what: 'speakers', ready: true, name: '', bytes: 33_870_503 },
      { what: 'device', ready: true, name: 'Processor, 2 cores', bytes: null },
    ],
    bytes_sent: 0,
    downloading: false,
    data_dir: '/data',
    notices: [],
  };
  settingsNow: Settings = {
    job: {
      model: 'auto',
      language: 'auto',
      translate: false,
      speakers: 'auto',
      channels: 'auto',
      device: 'auto',
      threads: null,
      fast: false,
      gentle_on_battery: true,
      words: [],
      copy_recording: false,
    },
    preferences: {
      theme: 'system',
      interface_language: 'en',
      text_size: 15,
      unsure_below: 0.55,
      back_step: 1,
      log_level: 'info',
      notify: true,
      remember_voices: false,
      exports: {},
      last_export: null,
      many_exports: [],
      sources: { input: null, system: null },
      record_flac: false,
      keys: {},
    },
  };
  gaugeNow: Gauge = machine('no card');
  /** The folder that the person chooses for the library; null: closes the dialog. */
  nextFolder: string | null = null;
  /** The last title and part that the window showed. */
  shown: { title: string; fraction: number | null } | null = null;

  constructor(private readonly hub: Hub) {}

  /** What the file manager of a test holds in the clipboard. */
  copied: string[] = [];

  copiedFiles = async (): Promise<string[]> => this.copied;

  copy = async (text: string): Promise<void> => {
    this.hub.called('copy', text);
  };

  status = async (): Promise<Status> => ({ ...this.statusNow });
  gauge = async (): Promise<Gauge> => this.gaugeNow;
  devices = async (): Promise<Device[]> => [{ id: 'cpu', name: 'Processor, 2 cores', kind: 'cpu' }];
  languages = async (): Promise<Language[]> => [
    { code: 'en', name: 'English' },
    { code: 'de', name: 'German' },
    { code: 'fr', name: 'French' },
  ];
  components = async (): Promise<Component[]> => [
    { name: 'whisper.cpp', version: '1.8.3', licence: 'MIT' },
    { name: 'Svelte', version: '5', licence: 'MIT' },
  ];
  settings = async (): Promise<Settings> => structuredClone(this.settingsNow);
  report = async (): Promise<string> => `SecureTranscribe ${this.statusNow.version}\nLinux, 2 cores`;

  async saveSettings(settings: Settings): Promise<void> {
    this.hub.called('saveSettings');
    this.settingsNow = structuredClone(settings);
  }

  async saveReport(): Promise<Exported | null> {
    this.hub.called('saveReport');
    return { path: '/exports/report.txt', bytes: 2_400 };
  }

  async openLogs(): Promise<void> {
    this.hub.called('openLogs');
  }

  async openDataFolder(): Promise<void> {
    this.hub.called('openDataFolder');
  }

  async moveLibrary(): Promise<string | null> {
    this.hub.called('moveLibrary');
    if (this.nextFolder !== null) this.statusNow.data_dir = this.nextFolder;
    return this.nextFolder;
  }

  async activity(title: string, fraction: number | null): Promise<void> {
    this.shown = { title, fraction };
  }

  async notify(title: string, body: string): Promise<void> {
    this.hub.called('notify', title, body);
  }

  async quit(): Promise<void> {
    this.hub.called('quit');
  }
}
