/** Machines as the gauge sees them: without a card, with one, with four of different kinds, with one that is lost. */
import type { Card, Gauge } from '../types';

export type Machine = 'no card' | 'one card' | 'four cards' | 'lost card';

const GB = 1e9;

const CARD: Card = {
  bus: '0000:01:00.0',
  name: 'NVIDIA GeForce RTX 4070',
  memory_total: 12 * GB,
  memory_free: 5.2 * GB,
  memory_ours: 3.1 * GB,
  utilisation: 0.87,
  temperature: 64,
  power: 142.3,
  driver: '580.95.05',
  capability: [8, 9],
  integrated: false,
  problem: null,
};

/** What a driver leaves unsaid about a card that it cannot reach. */
const UNREAD = { memory_total: 0, memory_free: 0, memory_ours: null, utilisation: null, temperature: null, power: null, capability: null };

const LOST: Card = { ...CARD, ...UNREAD, problem: 'The graphics card does not answer any more. Restart the computer.' };

const FOUR: Card[] = [
  CARD,
  // Ninety-six hundredths are taken.
  { ...CARD, bus: '0000:41:00.0', name: 'NVIDIA H200', memory_total: 150 * GB, memory_free: 6 * GB, memory_ours: 0, utilisation: 1, temperature: 71, power: 688, capability: [9, 0] },
  // Nobody says whose memory it is, and there is no compute capability.
  {
    ...CARD, ...UNREAD,
    bus: '0000:00:02.0', name: 'Intel UHD Graphics 770', memory_total: 8 * GB, memory_free: 7.1 * GB, utilisation: 0.02, driver: 'i915', integrated: true,
  },
  { ...LOST, bus: '0000:81:00.0', name: 'NVIDIA GeForce GTX 970', driver: '470.10', problem: 'The driver of the graphics card is too old to be read. Install a newer one.' },
];

const CARDS: Record<Machine, Card[]> = { 'no card': [], 'one card': [CARD], 'four cards': FOUR, 'lost card': [LOST] };

/** What the gauge of such a machine says while nothing runs. */
export const machine = (kind: Machine): Gauge => ({
  cards: structuredClone(CARDS[kind]),
  usage: { memory_bytes: 412_000_000, total_memory_bytes: 16_600_000_000, processor: 0.31 },
  device: null,
});
