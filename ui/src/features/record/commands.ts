/** Keys of the recorder's page; they do nothing while somebody types a note. */
import type { Command } from '../../state/keys.svelte';
import type { Recorder } from '../../state/recorder.svelte';

export function recordCommands(recorder: Recorder): Command[] {
  const command = (id: string, label: Command['label'], key: string, run: () => void): Command => {
    return { id, label, keys: [key], inText: false, run: () => recorder.active && !onControl(key) && (run(), true) };
  };
  return [
    command('record.pause', 'record.pause_command', 'Space', () => void recorder.toggle()),
    command('record.mark', 'record.mark', 'M', () => void recorder.mark()),
  ];
}

/** Whether the focus is on something that Space presses or opens itself. */
function onControl(key: string): boolean {
  return key === 'Space' && (document.activeElement?.matches('button, a, select, input, summary') ?? false);
}
