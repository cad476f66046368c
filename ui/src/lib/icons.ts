/** The icons of the window, from Lucide. */
export { default as Alert } from '@lucide/svelte/icons/circle-alert';
export { default as AudioLines } from '@lucide/svelte/icons/audio-lines';
export { default as Check } from '@lucide/svelte/icons/check';
export { default as Clock } from '@lucide/svelte/icons/clock';
export { default as Cpu } from '@lucide/svelte/icons/cpu';
export { default as FileDown } from '@lucide/svelte/icons/file-down';
export { default as FolderOpen } from '@lucide/svelte/icons/folder-open';
export { default as Library } from '@lucide/svelte/icons/library';
export { default as ListVideo } from '@lucide/svelte/icons/list-video';
export { default as Pencil } from '@lucide/svelte/icons/pencil';
export { default as Plus } from '@lucide/svelte/icons/plus';
export { default as Refresh } from '@lucide/svelte/icons/refresh-cw';
export { default as ShieldCheck } from '@lucide/svelte/icons/shield-check';
export { default as Triangle } from '@lucide/svelte/icons/triangle-alert';
export { default as Users } from '@lucide/svelte/icons/users';
export { default as X } from '@lucide/svelte/icons/x';
