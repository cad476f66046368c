/** The backend behind the real window. */
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { getCurrentWebview } from '@tauri-apps/api/webview';
import type { Backend, ProgramEvent } from './index';

export const tauriBackend: Backend = {
  library: () => invoke('library'),
  transcript: (recording) => invoke('transcript', { recording }),
  status: () => invoke('status'),
  chooseFiles: () => invoke('choose_files'),
  addFiles: (paths) => invoke('add_files', { paths }),
  cancel: (job) => invoke('cancel', { job }),
  retry: (recording) => invoke('retry', { recording }),
  remove: (recording) => invoke('remove', { recording }),

  async listen(handler) {
    const fromProgram = await listen<ProgramEvent>('program', (event) => handler(event.payload));
    const fromDrag = await getCurrentWebview().onDragDropEvent(async ({ payload }) => {
      switch (payload.type) {
        case 'enter':
          handler({ kind: 'drag', files: payload.paths.length });
          break;
        case 'drop': {
          handler({ kind: 'drag', files: null });
          const added = await tauriBackend.addFiles(payload.paths);
          for (const notice of added.refused) handler({ kind: 'notice', notice });
          handler({ kind: 'library' });
          break;
        }
        case 'leave':
          handler({ kind: 'drag', files: null });
      }
    });
    return () => {
      fromProgram();
      fromDrag();
    };
  },
};
