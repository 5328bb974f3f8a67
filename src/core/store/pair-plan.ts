/**
 * What a snapshot verb will write, in this order; and a cut in a snapshot that was taken, made whole.
 *
 * Pure: the list is what `--dry-run` tells, what the use case writes, and what the model check cuts between any two.
 */
import { BootError } from '../errors.ts';
import type { SlotName } from '../slot.ts';
import type { BootState } from '../state/state.ts';
import type { Manifest } from './deployment.ts';
import type { Pair, Taken } from './pair.ts';
import { heldBy, type PairFacts, takenNow } from './pair-facts.ts';
import { isRenamed, putOnTrial, renameDeployment } from './pair-records.ts';
import type { Snapshot } from './snapshot.ts';

export type PairWrite =
  | { readonly do: 'saveManifest'; readonly manifest: Manifest }
  | { readonly do: 'savePair'; readonly pair: Pair }
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
 * The boot state as a snapshot in progress wants it: the power may have gone between its two writes.
 * @returns the very state of `facts` when there is nothing to make whole
 */
export function resumeTaken(facts: PairFacts): BootState {
  const taken = takenNow(facts);
  if (taken === null) return facts.state;
  return resumeInactive(facts, taken, resumeActive(facts, taken));
}

function resumeActive(facts: PairFacts, { active }: Taken): BootState {
  const { state, pair, bases, running } = facts;
  const held = heldBy(facts, active);
  const recorded = state.slots[active]?.deployment?.id;
  const baseId = bases[active]?.id;
  if (held === null || recorded === undefined || baseId === undefined) return state;
  if (!isRenamed(pair, active, { recorded, found: held.id, baseId })) return state;
  const sameAs = running?.slot === active && running.deploymentId === recorded ? { sameAs: recorded } : {};
  return renameDeployment(state, active, recorded, { ...held, ...sameAs });
}

function resumeInactive(facts: PairFacts, { active, inactive }: Taken, state: BootState): BootState {
  const held = heldBy(facts, inactive);
  const recorded = state.slots[inactive];
  if (held === null || (recorded?.deployment?.id === held.id && recorded.health !== 'empty')) return state;
  return putOnTrial(state, inactive, { deployment: held, active, reason: trialReason(active) });
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
