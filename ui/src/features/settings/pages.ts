/** The pages of the settings, in their order. */
import type { Component } from 'svelte';
import { AudioLines, Box, Captions, HardDrive, Info, Keyboard, Settings2 } from '../../lib/icons';
import type { Page } from '../../state/app.svelte';

export const ICONS: Record<Page, Component<Record<string, unknown>>> = {
  general: Settings2,
  transcribing: Captions,
  models: Box,
  voices: AudioLines,
  storage: HardDrive,
  keyboard: Keyboard,
  about: Info,
};
