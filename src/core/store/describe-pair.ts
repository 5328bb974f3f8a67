/**
 * The snapshot pair as `snapshot query` shows it, from the records alone.
 *
 * Pure. The JSON of this is a contract: `bootconfig/schema/snapshot-query.schema.json`.
 */
import type { Health, SlotName } from '../slot.ts';
import type { Layer } from './deployment.ts';
import { heldBy, isSession, type PairFacts, type PairState, pairRoles, pairState } from './pair-facts.ts';

/** A writable layer and how much is in it. */
export interface UpperSize {
  readonly sizeBytes: number;
  readonly entries: number;
}

export interface PairSlot {
  readonly health: Health;
  readonly deployment: {
    /** A digest over the base id and the digests of all layers: as long as it is the same, so is the stack. */
    readonly id: string;
    readonly version: string | null;
    readonly base: string | null;
    /** Lowest first; null: the manifest cannot be read. */
    readonly layers: readonly Layer[] | null;
  } | null;
  /** What was written to the slot since it holds this; null: nothing is kept for it. */
  readonly upper: UpperSize | null;
}

export interface PairReport {
  readonly state: PairState;
  readonly active: SlotName | null;
  readonly inactive: SlotName | null;
  readonly writable: SlotName | null;
  readonly locked: SlotName | null;
  /** What boots next. */
  readonly boot: SlotName | null;
  readonly takenAt: string | null;
  /** The upper that the running system still writes to; what is new in it since the snapshot is gone at the next boot. */
  readonly session: ({ readonly slot: SlotName } & UpperSize) | null;
  readonly slots: Readonly<Record<SlotName, PairSlot>>;
  /** What `--verify` has found; null: nothing was read. Empty: all is as its digest says. */
  readonly verified: readonly string[] | null;
  readonly problems: readonly string[];
}

export interface PairLook {
  readonly facts: PairFacts;
  readonly boot: SlotName | null;
  readonly uppers: Readonly<Record<SlotName, UpperSize | null>>;
  readonly session: UpperSize | null;
  readonly verified: readonly string[] | null;
  readonly problems: readonly string[];
}

export function describePair({ facts, boot, uppers, session, verified, problems }: PairLook): PairReport {
  const { taken } = facts.pair;
  const state = pairState(facts);
  const names = Object.keys(facts.config.slots).filter((name) => facts.config.slots[name]?.role === 'normal');
  return {
    state,
    ...pairRoles(facts),
    boot,
    takenAt: state === 'taken' ? (taken?.at ?? null) : null,
    session: taken === null || !isSession(facts) || session === null ? null : { slot: taken.active, ...session },
    slots: Object.fromEntries(names.map((name) => [name, describeSlot(facts, name, uppers[name] ?? null)])),
    verified,
    problems,
  };
}

function describeSlot(facts: PairFacts, name: SlotName, upper: UpperSize | null): PairSlot {
  const held = heldBy(facts, name);
  const health = facts.state.slots[name]?.health ?? 'empty';
  if (held === null) return { health, deployment: null, upper };
  const manifest = Object.hasOwn(facts.manifests, held.id) ? facts.manifests[held.id] : undefined;
  const isBaseAlone = !Object.hasOwn(facts.pair.slots, name);
  const layers = isBaseAlone ? [] : (manifest?.layers ?? null);
  const base = isBaseAlone ? held.id : (manifest?.base.id ?? null);
  return {
    health,
    deployment: { id: held.id, version: held.version, base, layers: layers?.map(justLayer) ?? null },
    upper,
  };
}

/** Without keys of a newer release, which the schema does not know. */
function justLayer({ digest, form, sizeBytes }: Layer): Layer {
  return { digest, form, sizeBytes };
}
