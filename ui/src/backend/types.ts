/** What the window and the program behind it say to each other. */
export * from './types/common';
export * from './types/document';
export * from './types/export';
export * from './types/library';
export * from './types/models';
export * from './types/player';
export * from './types/program';
export * from './types/recorder';
export * from './types/settings';
export * from './types/voices';
