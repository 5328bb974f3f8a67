/**
 * Boot states to begin with: every kind of node, with histories short and long, so that a save changes few sectors or all.
 */
import { encodeRecord } from '../../src/core/state/record-codec.ts';
import { type BootRecord, type BootState, freshState, type SlotState, withSlot } from '../../src/core/state/state.ts';
import { formatState } from '../../src/core/state/state-json.ts';
import { type Random, seeded } from './disk/cuts.ts';
import type { Image } from './disk/image.ts';
import type { Keeping } from './node-config.ts';
import { makeWorld, mediumWith, type Tree } from './worlds.ts';

const PROVEN: Partial<SlotState> = {
  health: 'good',
  provenAt: '2026-11-20T08:00:00Z',
  proofLevel: 'loop',
  best: 'proven',
};

function good(name: string, change: Partial<SlotState> = {}): Partial<SlotState> {
  return { ...PROVEN, deployment: { id: `${name}1`, version: '1' }, provenId: `${name}1`, ...change };
}

function trial(name: string, change: Partial<SlotState> = {}): Partial<SlotState> {
  return { deployment: { id: `${name}1`, version: '1' }, ...change };
}

const bad = { health: 'bad', reason: 'checkRoot failed: it has no init', evidence: 'checkRoot failed' } as const;

interface Kind {
  readonly title: string;
  readonly order: readonly string[];
  readonly slots: Readonly<Record<string, Partial<SlotState>>>;
  readonly change?: Partial<BootState>;
}

export const KINDS: readonly Kind[] = [
  { title: 'an update on trial', order: ['b', 'a', 'r'], slots: { a: good('a'), b: trial('b'), r: good('r') } },
  {
    title: 'a proven pair',
    order: ['a', 'b', 'r'],
    slots: { a: good('a', { attempts: 1 }), b: good('b'), r: good('r') },
  },
  {
    title: 'the last attempt of a trial',
    order: ['b', 'a', 'r'],
    slots: { a: good('a'), b: trial('b', { attempts: 2, best: 'alive', reason: 'no tunnel' }), r: trial('r') },
  },
  {
    title: 'a new node',
    order: ['a', 'b', 'r'],
    slots: { a: trial('a'), b: trial('b', { attempts: 1 }), r: trial('r') },
  },
  {
    title: 'a choice for one boot',
    order: ['a', 'b', 'r'],
    slots: { a: good('a'), b: trial('b'), r: good('r') },
    change: { oneShot: 'b' },
  },
  {
    title: 'a bad update',
    order: ['b', 'a', 'r'],
    slots: { a: good('a', { attempts: 3 }), b: trial('b', bad), r: good('r') },
  },
  {
    title: 'a round that is nearly over',
    order: ['a', 'b', 'r'],
    slots: { a: good('a', { attempts: 5 }), b: trial('b', { attempts: 3, ...bad }), r: good('r') },
    change: { round: { number: 1, clean: ['a'], recovery: [] } },
  },
  {
    title: 'a slot in clean mode',
    order: ['a', 'b', 'r'],
    slots: { a: good('a', { mode: 'clean' }), b: trial('b'), r: trial('r') },
  },
];

const WORDS = ['slot', 'tunnel', 'proven', 'attempt', 'mount', 'failed', 'uplink', 'degraded', 'record', 'deadline'];

function history(length: number, random: Random): readonly BootRecord[] {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  return Array.from({ length }, () => {
    const digits = Array.from({ length: 4 }, () =>
      Math.floor(random() * 0xffffffff)
        .toString(16)
        .padStart(8, '0'),
    );
    const line = () => Array.from({ length: 4 + Math.floor(random() * 8) }, () => pick(WORDS)).join(' ');
    return {
      ...{ bootId: digits.join(''), slot: pick(['a', 'b']), attempt: 1, mode: 'normal', reason: line(), proof: null },
      outcome: pick(['alive', 'cut', 'no-tunnel', 'failed'] as const),
      startedAt: '2026-11-20T08:00:00Z',
      trace: Array.from({ length: Math.floor(random() * 8) }, line),
    } as BootRecord;
  });
}

export function stateOf(kind: Kind, records: number, random: Random): BootState {
  const fresh = Object.entries(kind.slots).reduce(
    (state, [name, slot]) => withSlot(state, name, slot),
    freshState(kind.order),
  );
  return { ...fresh, ...kind.change, history: history(records, random) };
}

export interface Start {
  readonly title: string;
  readonly image: Image;
  readonly keeping: Keeping;
  readonly state: BootState;
}

const SIZES = [65_536, 32_768, 49_152, 99_840];
const LENGTHS = [12, 10, 16, 9, 24, 0, 14, 7];

/** Start number `count` of `seed`: kinds, histories, sizes, places and remains of earlier cuts in turn. */
export function startOf(
  seed: number,
  count: number,
  store?: Tree,
  slot?: Uint8Array,
  change: Partial<BootState> = {},
): Start {
  const random = seeded(seed * 1000 + count);
  const kind = KINDS[count % KINDS.length] as Kind;
  // Where files are the subject, the state is small.
  const records = store === undefined ? (LENGTHS[Math.floor(count / 2) % LENGTHS.length] ?? 0) : 1;
  const state = { ...stateOf(kind, records, random), ...change };
  const keeping = count % 3 === 2 ? 'file' : 'partition';
  const sizeBytes = SIZES[count % SIZES.length] ?? 65_536;
  const record = random() < 0.5 ? 0 : 1;
  const medium = mediumWith(state, { sizeBytes, record, other: otherRecord(count, state, random) });
  return {
    title: `${kind.title}, on a ${keeping}`,
    image: makeWorld({ keeping, medium, data: store ?? {}, ...(slot === undefined ? {} : { slot }) }),
    keeping,
    state,
  };
}

/** Nothing, the state before, or one that was torn. */
function otherRecord(count: number, state: BootState, random: Random): Uint8Array | null {
  if (count % 4 === 3) return null;
  const before = encodeRecord(formatState({ ...state, history: history(8, random) }), 39n);
  if (count % 4 !== 2) return before;
  for (let at = 0; at < before.length; at += 512) if (random() < 0.5) before.fill(0, at, at + 512);
  return before;
}
