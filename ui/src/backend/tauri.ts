/** The backend behind the real window. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { getCurrentWebview } from '@tauri-apps/api/webview';
import type { Backend, ProgramEvent } from './index';

export const tauriBackend: Backend = {
  library: () => invoke('library'),
  transcript: (recording) => invoke('transcript', { recording }),
  status: () => invoke('status'),
  chooseFiles: (title) => invoke('choose_files', { title }),
  addFiles: (paths) => invoke('add_files', { paths }),
  cancel: (job) => invoke('cancel', { job }),
  retry: (recording) => invoke('retry', { recording }),
  remove: (recording) => invoke('remove', { recording }),

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
