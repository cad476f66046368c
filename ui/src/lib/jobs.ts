/** How many people speak, as the settings of a job say it: `auto`, `off`, `3`, `2-5`. */

export type Speakers =
  | { kind: 'auto' }
  | { kind: 'off' }
  | { kind: 'exactly'; count: number }
  | { kind: 'between'; least: number; most: number };

export function parseSpeakers(text: string): Speakers {
  const range = /^(\d+)-(\d+)$/.exec(text);
  if (range) return { kind: 'between', least: Number(range[1]), most: Number(range[2]) };
  if (/^\d+$/.test(text)) return { kind: 'exactly', count: Number(text) };
  return { kind: text === 'off' ? 'off' : 'auto' };
}

export function speakersText(speakers: Speakers): string {
  switch (speakers.kind) {
    case 'exactly':
      return String(speakers.count);
    case 'between':
      return `${speakers.least}-${speakers.most}`;
    default:
      return speakers.kind;
  }
}
