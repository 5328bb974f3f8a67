/** A node with two slots on one base: what is in its store, what its records say, and what runs. */
import { sha256 } from '../../../src/core/root/base-id.ts';
import type { Mode, SlotName } from '../../../src/core/slot.ts';
import type { BootState } from '../../../src/core/state/state.ts';
import type { Layer, Manifest } from '../../../src/core/store/deployment.ts';
import { deploymentOf, NO_PAIR, type Pair, upperKey } from '../../../src/core/store/pair.ts';
import type { PairFacts } from '../../../src/core/store/pair-facts.ts';
import { configOf, stateOf } from '../../support/states.ts';

export const BASE = sha256('the base of both slots');
export const BASES = { a: { id: BASE, version: '1' }, b: { id: BASE, version: '1' } };
export const SLOTS = ['a', 'b'] as const;

export const CONFIG = configOf(`
[slots.a]
root = "PARTLABEL=root-a"
[slots.b]
root = "PARTLABEL=root-b"
[upper]
device = "PARTLABEL=system-data"
`);

export interface PairNode {
  readonly pair: Pair;
  readonly state: BootState;
  readonly manifests: Readonly<Record<string, Manifest>>;
  readonly layers: readonly string[];
  /** By `SLOT-KEY`: whether something was written to it. */
  readonly uppers: Readonly<Record<string, boolean>>;
  /** null: the power is off. */
  readonly running: {
    readonly slot: SlotName;
    readonly mode: Mode;
    readonly deploymentId: string;
    /** `SLOT-KEY`; null: in memory. */
    readonly upper: string | null;
    readonly isProven: boolean;
  } | null;
  readonly boots: number;
  /** `SLOT ID`: what was really seen to work, whatever the records say. */
  readonly proven: readonly string[];
}

/** @param b what the records say of the slot that does not run */
export function startNode(b: Parameters<typeof stateOf>[0][string]): PairNode {
  const proof = { provenId: BASE, provenAt: '2026-11-21T12:00:00Z', proofLevel: 'loop', best: 'proven' } as const;
  const state = stateOf({ a: { health: 'good', deployment: BASES.a, ...proof }, b: { deployment: BASES.b, ...b } });
  return {
    pair: NO_PAIR,
    state: { ...state, history: [provenRecord('a')] },
    manifests: {},
    layers: [],
    uppers: { [`a-${BASE}`]: false },
    running: { slot: 'a', mode: 'normal', deploymentId: BASE, upper: `a-${BASE}`, isProven: true },
    boots: 1,
    proven: [`a ${BASE}`, ...(b?.provenId === BASE ? [`b ${BASE}`] : [])],
  };
}

export function provenRecord(slot: SlotName): BootState['history'][number] {
  const boot = { bootId: 'x', slot, attempt: null, mode: 'normal', trace: [] } as const;
  return { ...boot, outcome: 'proven', reason: null, startedAt: null, proof: 'loop' };
}

export function bootIdOf({ boots }: PairNode): string {
  return `boot ${boots}`;
}

export function factsOf(node: PairNode): PairFacts {
  const { pair, state, running, manifests } = node;
  return { config: CONFIG, state, pair, running, bootId: bootIdOf(node), bases: BASES, manifests };
}

export function heldIn({ pair }: PairNode, slot: SlotName): string {
  return deploymentOf(pair, slot, BASE);
}

export function upperOf(node: PairNode, slot: SlotName): string {
  return `${slot}-${upperKey(node.pair, slot, heldIn(node, slot))}`;
}

/** The same changes on the same deployment make the same layer. */
export function layerOn(id: string, by: string): Layer {
  return { digest: sha256(`${id} changed by ${by}`), form: 'erofs', sizeBytes: 4096 };
}

/** Two nodes of one key behave the same: names of boots and numbers of uppers stand for nothing but their order. */
export function keyOf(node: PairNode): string {
  const { pair, state, uppers, running } = node;
  const numbers = [...new Set(JSON.stringify([pair.uppers, pair.taken?.beforeUpper, uppers]).match(/\d+(?=[,"}\]])/g))];
  const ranks = new Map(
    numbers
      .map(Number)
      .sort((x, y) => x - y)
      .map((number, rank) => [number, rank]),
  );
  const named = (name: string): string => name.replace(/\.(\d+)$/, (_, digits) => `.${ranks.get(Number(digits))}`);
  const rankOf = (upper: number | string) => (typeof upper === 'string' ? named(upper) : ranks.get(upper));
  const { taken } = pair;
  const essence = {
    slots: [pair.slots['a'], pair.slots['b']],
    uppers: Object.entries(pair.uppers)
      .map(([slot, upper]) => `${slot}${rankOf(upper)}`)
      .sort(),
    taken:
      taken === null
        ? null
        : { ...taken, bootId: taken.bootId === bootIdOf(node), beforeUpper: rankOf(taken.beforeUpper ?? -1) },
    records: SLOTS.map((slot) => {
      const { deployment, health, provenId, mode } = state.slots[slot] ?? {};
      return [deployment?.id, deployment?.sameAs, health, provenId, mode];
    }),
    order: [state.order, state.oneShot, state.history.map(({ slot }) => slot)],
    store: [Object.keys(node.manifests).sort(), [...node.layers].sort()],
    written: Object.entries(uppers)
      .map(([name, isWritten]) => `${named(name)}${isWritten}`)
      .sort(),
    running: running === null ? null : { ...running, upper: named(running.upper ?? '') },
    proven: [...node.proven].sort(),
  };
  return JSON.stringify(essence);
}
