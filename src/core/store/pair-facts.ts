/**
 * What the snapshot verbs decide by, and in which of RFC-0005's states the pair is.
 *
 * Pure. The state is not stored: it follows from what was taken, from the boot that runs and from what was proven, so
 * nothing has to be written for a reboot to end it.
 */
import type { Config } from '../config/config.ts';
import type { Mode, SlotName } from '../slot.ts';
import type { BootState, Deployment } from '../state/state.ts';
import { type Manifest, recordOf } from './deployment.ts';
import { deploymentOf, type Pair, type Taken } from './pair.ts';

/** The running system, where it is one of a slot. */
export interface RunningSystem {
  readonly slot: SlotName;
  readonly mode: Mode;
  /** What the boot stage found in the slot; null: it does not say. */
  readonly deploymentId: string | null;
}

export interface PairFacts {
  readonly config: Config;
  readonly state: BootState;
  readonly pair: Pair;
  readonly running: RunningSystem | null;
  /** The kernel's, of this boot. */
  readonly bootId: string;
  /** What the base of each slot is; a slot that cannot be looked into has no entry. */
  readonly bases: Readonly<Record<SlotName, Deployment>>;
  /** By id: those that the slots have. */
  readonly manifests: Readonly<Record<string, Manifest>>;
}

/**
 * RFC-0005's three states. `before`: none is taken; `taken`: one is, and the node comes back to the active slot;
 * `rebooted`: the other slot has proven itself, so all is as in `before`.
 */
export const PAIR_STATES = ['before', 'taken', 'rebooted'] as const;
export type PairState = (typeof PAIR_STATES)[number];

export function pairState({
  pair,
  state,
  bootId,
  bases,
}: Omit<PairFacts, 'config' | 'running' | 'manifests'>): PairState {
  const { taken } = pair;
  if (taken === null) return 'before';
  if (taken.bootId === bootId) return 'taken';
  const slot = state.slots[taken.inactive];
  const holds = slot?.deployment?.id ?? null;
  const wanted = deploymentOf(pair, taken.inactive, bases[taken.inactive]?.id ?? null);
  const isProven = slot?.health === 'good' && holds !== null && slot.provenId === holds && (wanted ?? holds) === holds;
  return isProven ? 'rebooted' : 'taken';
}

/** The snapshot in progress; null: there is none, or it has ended. */
export function takenNow(facts: PairFacts): Taken | null {
  return pairState(facts) === 'taken' ? facts.pair.taken : null;
}

/** Whether what runs writes to the session: it goes when this boot ends. */
export function isSession(facts: PairFacts): boolean {
  return facts.pair.taken?.bootId === facts.bootId;
}

export interface PairRoles {
  /** What the node comes back to. */
  readonly active: SlotName | null;
  readonly inactive: SlotName | null;
  /** Whose stack may be changed. */
  readonly writable: SlotName | null;
  /** Whose stack stays byte for byte as it is. */
  readonly locked: SlotName | null;
}

export function pairRoles(facts: PairFacts): PairRoles {
  const taken = takenNow(facts);
  if (taken === null) {
    const active = runningSlot(facts);
    return { active, inactive: active === null ? null : partnerOf(facts, active), writable: active, locked: null };
  }
  const { active, inactive, writable } = taken;
  return { active, inactive, writable, locked: writable === active ? inactive : active };
}

/** The normal slot that runs. */
function runningSlot({ running, config }: PairFacts): SlotName | null {
  return running !== null && config.slots[running.slot]?.role === 'normal' ? running.slot : null;
}

/** The one that a slot was paired with last; else the only other one. */
export function partnerOf({ pair, config }: PairFacts, slot: SlotName): SlotName | null {
  const { taken } = pair;
  if (taken?.active === slot) return taken.inactive;
  if (taken?.inactive === slot) return taken.active;
  const others = Object.keys(config.slots).filter((name) => name !== slot && config.slots[name]?.role === 'normal');
  return others.length === 1 ? (others[0] ?? null) : null;
}

/** What a slot holds by the pair. @returns null when it has its base alone and that is not known */
export function heldBy(facts: PairFacts, slot: SlotName): Deployment | null {
  const id = deploymentOf(facts.pair, slot, baseOf(facts, slot)?.id ?? null);
  return id === null ? null : deploymentIn(facts, slot, id);
}

/** The deployment `id` as the boot state tells of it in `slot`. */
export function deploymentIn(facts: PairFacts, slot: SlotName, id: string): Deployment {
  const base = baseOf(facts, slot);
  if (id === base?.id) return base;
  const manifest = Object.hasOwn(facts.manifests, id) ? facts.manifests[id] : undefined;
  if (manifest !== undefined) return recordOf(manifest);
  return { id, version: base?.version ?? null, ...(base === null ? {} : { base: base.id }) };
}

function baseOf({ bases }: PairFacts, slot: SlotName): Deployment | null {
  return Object.hasOwn(bases, slot) ? (bases[slot] ?? null) : null;
}
