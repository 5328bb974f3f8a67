/**
 * What a snapshot verb will write, in this order; and a cut in a snapshot that was taken, made whole.
 *
 * Pure: the list is what `--dry-run` tells, what the use case writes, and what the model check cuts between any two.
 */
import { BootError } from '../errors.ts';
import type { SlotName } from '../slot.ts';
import type { BootState } from '../state/state.ts';
import type { Manifest } from './deployment.ts';
import { isCompacted, type Pair, type Taken } from './pair.ts';
import { heldBy, type PairFacts, takenNow } from './pair-facts.ts';
import { isRenamed, putOnTrial, renameDeployment } from './pair-records.ts';
import type { Snapshot } from './snapshot.ts';

export type PairWrite =
  | { readonly do: 'saveManifest'; readonly manifest: Manifest }
  | { readonly do: 'savePair'; readonly pair: Pair }
  | { readonly do: 'saveSnapshot'; readonly snapshot: Snapshot }
  | { readonly do: 'saveState'; readonly state: BootState };

/** Beside the pair: a kept snapshot comes, changes or goes. */
export type SnapshotWrite =
  | { readonly do: 'saveSnapshot'; readonly snapshot: Snapshot }
  | { readonly do: 'deleteSnapshot'; readonly number: number };

export interface StorePlan extends Omit<PairPlan, 'writes'> {
  readonly writes: readonly (PairWrite | SnapshotWrite)[];
}

export interface PairPlan {
  readonly writes: readonly PairWrite[];
  /** What the boot state is after them. */
  readonly state: BootState;
  /** What changes besides the boot state, in words. */
  readonly changes: readonly string[];
  readonly notes: readonly string[];
}

/** `saveState`, unless it holds that already. */
export function stateWrite(before: BootState, after: BootState): readonly PairWrite[] {
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ do: 'saveState', state: after }];
}

/**
 * The boot state as the pair wants it: the power may have gone between the two writes of a snapshot, or of layers that
 * were made one.
 * @returns the very state of `facts` when there is nothing to make whole
 */
export function resumeTaken(facts: PairFacts): BootState {
  const taken = takenNow(facts);
  const state = resumeCompacted(facts);
  if (taken === null) return state;
  return resumeInactive(facts, taken, resumeRenamed(facts, taken.active, state) ?? state);
}

function resumeCompacted(facts: PairFacts): BootState {
  const slots = Object.keys(facts.pair.slots).filter((slot) => isCompacted(facts.pair, slot));
  return slots.reduce((state, slot) => resumeRenamed(facts, slot, state) ?? state, facts.state);
}

/** @returns null: what the slot holds is not what is recorded under another name */
function resumeRenamed(facts: PairFacts, slot: SlotName, state: BootState): BootState | null {
  const { pair, bases, running, manifests } = facts;
  const held = heldBy(facts, slot);
  const recorded = state.slots[slot]?.deployment?.id;
  const baseId = bases[slot]?.id;
  if (held === null || recorded === undefined || baseId === undefined) return null;
  const renaming = { recorded, found: held.id, baseId, sameAs: manifests[held.id]?.sameAs ?? null };
  if (!isRenamed(pair, slot, renaming)) return null;
  const ran = running?.slot === slot ? running.deploymentId : null;
  return renameDeployment(state, slot, recorded, { ...held, ...(ran === null ? {} : { sameAs: ran }) });
}

function resumeInactive(facts: PairFacts, { active, inactive }: Taken, state: BootState): BootState {
  const held = heldBy(facts, inactive);
  const recorded = state.slots[inactive];
  if (held === null || (recorded?.deployment?.id === held.id && recorded.health !== 'empty')) return state;
  const renamed = resumeRenamed(facts, inactive, state);
  return renamed ?? putOnTrial(state, inactive, { deployment: held, active, reason: trialReason(active) });
}

/** Why a copy is a trial. */
export function trialReason(active: SlotName): string {
  return `made from slot ${active} by a snapshot`;
}

export function refused(message: string, hint: string): BootError {
  return new BootError('REFUSED', message, { hint });
}

export function short(id: string): string {
  return id.slice(0, 12);
}
