/**
 * `lifeboot run`: a snapshot, the changes of a command on it, and the other slot on trial with both.
 *
 * Pure, in three parts, because sealing and the command lie between them. Invariant: nothing is written before the
 * command has ended well and its changes are sealed; then one rename of the pair gives both slots what they have from now
 * on. A command that fails, or a cut before that rename, changes nothing.
 */
import { BootError } from '../errors.ts';
import { switchTo } from '../operate/switch-to.ts';
import type { SlotName } from '../slot.ts';
import type { BootState } from '../state/state.ts';
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
import { planCancel } from './end-snapshot.ts';
import { deploymentOf, type Pair, upperRefOf, withDeployment } from './pair.ts';
import { type PairFacts, takenNow } from './pair-facts.ts';
import { type PairPlan, type PairWrite, refused, short, stateWrite } from './pair-plan.ts';
import { putOnTrial } from './pair-records.ts';
import { completeTake, planTake, type TakeDetails, type TakeOrder } from './take-snapshot.ts';

/** What the command runs on. */
export interface RunStart {
  /** The slot that ran when the snapshot was taken: what the node comes back to. */
  readonly active: SlotName;
  readonly inactive: SlotName;
  /** The snapshot to take first; null: the command goes on with what is prepared. */
  readonly take: TakeOrder | null;
  /** The pair and state as they are without a snapshot in progress, where that is given up. */
  readonly facts: PairFacts;
  readonly notes: readonly string[];
}

/**
 * @param isContinued on top of what the other slot is prepared with, instead of what runs
 * @throws BootError REFUSED, UNAVAILABLE, BAD_DATA
 */
export function planRun(facts: PairFacts, isContinued: boolean): RunStart {
  const taken = takenNow(facts);
  if (!isContinued) {
    const given = taken === null ? facts : withoutSnapshot(facts);
    const take = planTake(given);
    const notes =
      taken === null ? [] : [`what slot ${taken.inactive} was prepared with is given up ('--continue' keeps it)`];
    return { active: take.active, inactive: take.inactive, take, facts: given, notes };
  }
  if (taken === null) throw refused('there is no pending change to continue with', "run it without '--continue'");
  const { active, inactive, writable } = taken;
  if (facts.running?.slot === inactive) throw refused(`slot '${inactive}' runs`, 'prove it, or go back first');
  if (writable === active) {
    throw refused(`slot '${inactive}' is locked`, `'lifeboot snapshot set-writable ${inactive}' first`);
  }
  return { active, inactive, take: null, facts, notes: [] };
}

function withoutSnapshot(facts: PairFacts): PairFacts {
  const { writes, state } = planCancel(facts);
  const pair = writes.reduce((before, write) => (write.do === 'savePair' ? write.pair : before), facts.pair);
  return { ...facts, pair, state };
}

/** What both slots have once the snapshot is taken, and what the command runs on. */
export interface RunBase {
  readonly pair: Pair;
  readonly state: BootState;
  readonly writes: readonly PairWrite[];
  readonly notes: readonly string[];
  readonly on: Manifest;
}

/** @param layer what the running slot has changed; null: nothing */
export function startRun(start: RunStart, layer: Layer | null, details: TakeDetails): RunBase {
  const { facts, take, inactive } = start;
  const { pair, state } = facts;
  if (take === null) return { pair, state, writes: [], notes: start.notes, on: heldManifest(facts, inactive) };
  const plan: PairPlan = completeTake(facts, take, layer, details);
  const taken = plan.writes.reduce((before, write) => (write.do === 'savePair' ? write.pair : before), pair);
  const made = plan.writes.flatMap((write) => (write.do === 'saveManifest' ? [write.manifest] : []));
  return {
    pair: taken,
    state: plan.state,
    writes: plan.writes.filter((write) => write.do === 'saveManifest'),
    notes: start.notes,
    on: made[0] ?? take.over ?? bareManifest(take.base),
  };
}

function heldManifest({ pair, bases, manifests }: PairFacts, slot: SlotName): Manifest {
  const base = bases[slot];
  const id = deploymentOf(pair, slot, base?.id ?? null);
  const manifest = id === null ? undefined : manifests[id];
  if (manifest !== undefined) return manifest;
  if (base !== undefined && id === base.id) return bareManifest(base);
  throw new BootError('BAD_DATA', `the manifest of slot '${slot}' is missing`, {
    hint: "'lifeboot snapshot cancel' gives it up; 'lifeboot store verify' shows what else is damaged",
  });
}

/** What was written to the deployment before does not belong to the new one. */
function withUpperFor(pair: Pair, slot: SlotName, id: string): Pair {
  const upper = upperRefOf(pair, slot);
  if (typeof upper !== 'string') return withDeployment(pair, slot, id, upper);
  const lastUpper = pair.lastUpper + 1;
  return { ...withDeployment(pair, slot, id, lastUpper), lastUpper };
}

export interface RunChanges {
  /** What the command has changed; `isWhole`: together with all layers below it. */
  readonly layer: Layer;
  readonly isWhole: boolean;
  readonly packages: PackageCounts | null;
  readonly at: string | null;
  readonly description: string;
}

/** @throws BootError REFUSED with too many layers */
export function completeRun(start: RunStart, base: RunBase, changes: RunChanges): PairPlan {
  const { active, inactive, facts } = start;
  const { on } = base;
  const { layer, isWhole, packages, at, description } = changes;
  const layers = isWhole ? [layer] : stackLayer(on.layers, layer);
  if (layers.length > MAX_LAYERS)
    throw refused(`${layers.length} layers are more than fit`, "'lifeboot store compact' first");
  const manifest = makeManifest({ ...on, layers, sameAs: null, parent: on.id, createdAt: at, description, packages });
  const pair = withUpperFor(base.pair, inactive, manifest.id);
  const deployment = recordOf(manifest);
  const tried = putOnTrial(base.state, inactive, { deployment, active, reason: `made by '${description}'` });
  const chosen = switchTo(tried, { slot: inactive, once: false, found: deployment });
  return {
    writes: [
      ...base.writes,
      { do: 'saveManifest', manifest },
      { do: 'savePair', pair },
      ...stateWrite(facts.state, chosen.state),
    ],
    state: chosen.state,
    changes: [`slot ${active} is locked`, `slot ${inactive} has the changes (${short(manifest.id)}), and is on trial`],
    notes: base.notes,
  };
}
