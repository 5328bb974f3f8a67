/**
 * `lifeboot keep`: what runs, or what a slot holds, becomes a kept snapshot.
 *
 * Pure, in two parts, because sealing what the running system has changed lies between them. Invariant: nothing of any
 * slot changes. Only what this very boot has proven is recorded as proven, because a fallback must not end in something
 * that nobody ever reached through its tunnel.
 */
import { findRecord } from '../boot/history.ts';
import { recordSnapshot } from '../boot/snapshot-slots.ts';
import { BootError } from '../errors.ts';
import { requireSlot } from '../operate/require-slot.ts';
import type { SlotName } from '../slot.ts';
import { type Deployment, EMPTY_SLOT } from '../state/state.ts';
import {
  bareManifest,
  type Layer,
  MAX_LAYERS,
  type Manifest,
  makeManifest,
  type PackageCounts,
  recordOf,
  stackLayer,
} from './deployment.ts';
import { persistentPackageDirs } from './own-dirs.ts';
import { keyOf, upperKey } from './pair.ts';
import { heldBy, isSession, type PairFacts, type RunningSystem } from './pair-facts.ts';
import { refused, type StorePlan, short, stateWrite } from './pair-plan.ts';
import type { Snapshot } from './snapshot.ts';
import { snapshotNumber } from './snapshot-name.ts';

export interface KeepFacts extends PairFacts {
  readonly snapshots: readonly Snapshot[];
  /** Numbers that were ever seen, those of damaged snapshots too. */
  readonly numbers: readonly number[];
}

/** What is kept, and what has to be packed for it. */
export interface KeepOrder {
  /** The slot on whose base it is. */
  readonly slot: SlotName;
  readonly held: Deployment;
  /** Its manifest; null: the base alone. */
  readonly over: Manifest | null;
  /** The upper of what runs, `SLOT-KEY` in its parts; null: another slot, without what was written to it. */
  readonly upper: { readonly slot: SlotName; readonly key: string } | null;
  /** Directories that the running system has elsewhere, and that a first layer takes along. */
  readonly own: readonly string[];
  readonly proof: Snapshot['proof'];
}

/**
 * @param of null: what runs
 * @throws BootError REFUSED, USAGE, UNAVAILABLE, BAD_DATA
 */
export function planKeep(facts: KeepFacts, of: SlotName | null): KeepOrder {
  return of === null ? keepRunning(facts) : keepSlot(facts, of);
}

function keepSlot(facts: KeepFacts, slot: SlotName): KeepOrder {
  requireSlot(facts.state, slot);
  if (facts.config.slots[slot]?.role !== 'normal') {
    throw new BootError('USAGE', `slot '${slot}' is none of the slots that are upgraded`, {
      hint: 'name one of role normal',
    });
  }
  const held = heldBy(facts, slot);
  if (held === null) throw unknownBase(slot);
  const { health, provenId, provenAt, proofLevel } = facts.state.slots[slot] ?? EMPTY_SLOT;
  const isProven = health === 'good' && provenId === held.id;
  const proof = isProven ? { at: provenAt, level: proofLevel } : null;
  return { slot, held, over: manifestOf(facts, held.id, slot), upper: null, own: [], proof };
}

function keepRunning(facts: KeepFacts): KeepOrder {
  const running = requireKept(facts);
  const { slot, id, key } = whatRuns(facts, running);
  const found = running.deploymentId;
  if (found !== null && found !== id) {
    throw refused(
      `slot '${running.slot}' holds ${short(id)}, and what runs is ${short(found)}: it was changed in this boot`,
      'reboot first',
    );
  }
  const over = manifestOf(facts, id, slot);
  if (over !== null && over.layers.length >= MAX_LAYERS) {
    throw refused(`what runs has ${over.layers.length} layers, and no more fit`, "'lifeboot store compact' first");
  }
  const held = over === null ? { id, version: facts.bases[slot]?.version ?? null } : recordOf(over);
  const own = over === null ? persistentPackageDirs(facts.config.persist.map(({ path }) => path)) : [];
  return { slot, held, over, upper: { slot: running.slot, key }, own, proof: proofOfRunning(facts, running, id) };
}

function requireKept({ running, config }: KeepFacts): RunningSystem {
  if (running === null) {
    throw refused('this system was not booted from a slot by lifeboot', "'--of SLOT' keeps what a slot holds");
  }
  const role = config.slots[running.slot]?.role;
  if (role !== 'normal' && role !== 'snapshot') {
    throw refused(`slot '${running.slot}' runs, which is a recovery slot`, "'--of SLOT' keeps what another slot holds");
  }
  const hasUpper = running.mode === 'normal' && config.upper.kind === 'persistent';
  if (hasUpper) return running;
  throw refused(
    `what slot '${running.slot}' writes is not kept in this boot`,
    "'lifeboot status' says why; '--of SLOT' keeps what a slot holds, without what was written to it",
  );
}

/** What runs: the slot of its base, its deployment, and what stands behind the slot's name in the name of its upper. */
export interface Runs {
  readonly slot: SlotName;
  readonly id: string;
  readonly key: string;
}

/**
 * In the boot of a snapshot that was taken, its slot still runs what it had before.
 * @throws BootError UNAVAILABLE, BAD_DATA
 */
export function whatRuns(facts: KeepFacts, { slot }: RunningSystem): Runs {
  const { pair, snapshots, bases } = facts;
  const number = snapshotNumber(slot);
  if (number !== null) {
    const snapshot = snapshots.find((each) => each.number === number);
    if (snapshot === undefined) throw missing(`snapshot ${number}, which runs`);
    return { slot: snapshot.slot, id: snapshot.deployment, key: snapshot.upper ?? snapshot.deployment };
  }
  const { taken } = pair;
  if (taken?.active === slot && isSession(facts)) {
    const before = taken.before ?? bases[slot]?.id;
    if (before === undefined) throw unknownBase(slot);
    return { slot, id: before, key: keyOf(before, taken.beforeUpper) };
  }
  const held = heldBy(facts, slot);
  if (held === null) throw unknownBase(slot);
  return { slot, id: held.id, key: upperKey(pair, slot, held.id) };
}

/** Of this boot: what was written since an earlier one was proven may have broken it. */
function proofOfRunning({ state, bootId }: KeepFacts, { slot }: RunningSystem, id: string): Snapshot['proof'] {
  const recorded = state.slots[slot];
  if (recorded === undefined || findRecord(state, bootId, slot)?.outcome !== 'proven') return null;
  const { provenId, deployment, provenAt, proofLevel } = recorded;
  const isRenamed = deployment?.sameAs === id && provenId === deployment.id;
  return provenId === id || isRenamed ? { at: provenAt, level: proofLevel } : null;
}

function manifestOf({ manifests, bases }: KeepFacts, id: string, slot: SlotName): Manifest | null {
  const manifest = Object.hasOwn(manifests, id) ? manifests[id] : undefined;
  if (manifest !== undefined) return manifest;
  if (bases[slot]?.id === id) return null;
  throw missing(`the manifest of deployment '${short(id)}'`);
}

function missing(what: string): BootError {
  return new BootError('BAD_DATA', `${what} is missing from the store`, {
    hint: "'lifeboot store verify' shows what else is damaged",
  });
}

function unknownBase(slot: SlotName): BootError {
  return new BootError('UNAVAILABLE', `the base of slot '${slot}' cannot be looked at`, {
    hint: "'lifeboot doctor' examines the devices",
  });
}

export interface KeepDetails
  extends Pick<Snapshot, 'type' | 'preNumber' | 'description' | 'userData' | 'cleanup' | 'pinned'> {
  readonly at: string | null;
  /** Against `packagesOver`. */
  readonly packages: PackageCounts | null;
  /** The deployment that the packages were compared with; null: what runs, without what was written over it. */
  readonly packagesOver: string | null;
}

export interface KeepPlan extends StorePlan {
  readonly number: number;
}

/**
 * @param layer what the running system has changed; null: nothing, or nothing was asked for
 * @throws BootError USAGE for a `post` without its `pre`
 */
export function completeKeep(facts: KeepFacts, order: KeepOrder, layer: Layer | null, details: KeepDetails): KeepPlan {
  const { at, packages, packagesOver, ...own } = details;
  requirePre(facts, details);
  const number = nextNumber(facts);
  const made = layer === null ? null : makeKept(order, layer, details);
  const shown = made ?? order.over ?? bareManifest(order.held);
  // What was changed around a command was never booted.
  const proof = details.type === 'post' ? null : order.proof;
  const snapshot: Snapshot = { number, ...own, deployment: shown.id, slot: order.slot, proof, createdAt: at };
  const { slot, held } = order;
  const deployment = made === null ? held : recordOf(made);
  const state = proof === null ? facts.state : recordSnapshot(facts.state, { number, slot, deployment, proof });
  // A cut after the snapshot leaves one that no boot falls back to by itself; `switch` still knows it.
  return {
    number,
    writes: [
      ...(made === null || Object.hasOwn(facts.manifests, made.id)
        ? []
        : [{ do: 'saveManifest', manifest: made } as const]),
      { do: 'saveSnapshot', snapshot },
      ...stateWrite(facts.state, state),
    ],
    state,
    changes: [`snapshot ${number} is ${short(shown.id)}`],
    notes:
      proof === null ? [`it was not proven, so no boot falls back to it: 'lifeboot switch ${number}' tries it`] : [],
  };
}

function makeKept(
  { held, over }: KeepOrder,
  layer: Layer,
  { at, description, packages, packagesOver }: KeepDetails,
): Manifest {
  return makeManifest({
    base: over?.base ?? { id: held.id, version: held.version },
    layers: stackLayer(over?.layers ?? [], layer),
    sameAs: held.id,
    parent: packagesOver ?? held.id,
    createdAt: at,
    description,
    packages,
  });
}

function requirePre({ snapshots }: KeepFacts, { type, preNumber }: KeepDetails): void {
  if (type !== 'post') return;
  const pre = snapshots.find(({ number }) => number === preNumber);
  if (pre?.type === 'pre') return;
  const what = pre === undefined ? 'there is no such snapshot' : 'it is none of type pre';
  throw new BootError('USAGE', `snapshot ${preNumber} has no post: ${what}`, {
    hint: "'lifeboot snapshot list' shows them",
  });
}

/** Never one that the log still tells of. */
function nextNumber({ numbers, state }: KeepFacts): number {
  const named = [...Object.keys(state.slots), ...state.history.map(({ slot }) => slot ?? '')];
  return 1 + Math.max(0, ...numbers, ...named.map((name) => snapshotNumber(name) ?? 0));
}
