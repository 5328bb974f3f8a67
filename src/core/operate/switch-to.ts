/**
 * An operator chooses what boots next.
 *
 * Pure. Invariant: a slot is good after a switch only when it holds what was last proven there; everything else has to
 * prove itself again, with all of its attempts, however it was judged before.
 */
import { BootError } from '../errors.ts';
import type { SlotName } from '../slot.ts';
import {
  type BootState,
  clearRound,
  type Deployment,
  NOTHING_TRIED,
  type SlotState,
  withSlot,
} from '../state/state.ts';
import { snapshotNumber } from '../store/snapshot-name.ts';
import { type Edit, settleEdit } from './edit.ts';
import { requireSlot } from './require-slot.ts';

export interface Choice {
  readonly slot: SlotName;
  /** For the next boot only: the order stays. */
  readonly once: boolean;
  /** What the slot holds now; null when it could not be looked at, then the records are believed. */
  readonly found: Deployment | null;
}

/** @throws BootError USAGE for a slot that is not there, BAD_DATA for an empty one */
export function switchTo(state: BootState, choice: Choice): Edit {
  const { slot: name, once, found } = choice;
  const slot = requireSlot(state, name);
  if (slot.health === 'empty' && found === null) {
    throw new BootError('BAD_DATA', `slot '${name}' is empty: there is nothing to boot in it`, {
      hint: 'write an image into it first',
    });
  }
  const judged = withSlot(state, name, judgeAnew(slot, found));
  const chosen: BootState = once
    ? { ...judged, oneShot: name }
    : {
        ...judged,
        oneShot: null,
        order: [name, ...state.order.filter((other) => other !== name && snapshotNumber(other) === null)],
        // Later rounds rank by what the slots ever showed, which would overrule the operator.
        round: clearRound(state.round),
      };
  return settleEdit(state, chosen, notesOn(state, choice, judged));
}

function judgeAnew(slot: SlotState, found: Deployment | null): Partial<SlotState> {
  const fresh = {
    ...NOTHING_TRIED,
    mode: 'normal',
    evidence: null,
  } as const;
  // What is found in a slot of which nothing is recorded is left to the boot: it says nothing against the record.
  const isKnown = slot.deployment === null || found === null || found.id === slot.deployment.id;
  const deployment = isKnown ? slot.deployment : found;
  if (holdsWhatWasProven(slot, found)) return { ...fresh, deployment, health: 'good', reason: null };
  const isSame = deployment?.id === slot.deployment?.id;
  const isPlainTrial = slot.health === 'trial' && isSame;
  return {
    ...fresh,
    deployment,
    health: 'trial',
    // A trial that nothing happened to yet stays as it is, so that a second switch finds nothing to change.
    reason: isPlainTrial && slot.attempts === 0 ? slot.reason : null,
    best: isSame ? slot.best : 'nothing',
  };
}

/** Whether the slot holds the deployment that was proven there last. */
export function holdsWhatWasProven(slot: SlotState, found: Deployment | null): boolean {
  const holds = found?.id ?? slot.deployment?.id ?? null;
  if (slot.provenId !== null) return holds === null ? slot.health === 'good' : holds === slot.provenId;
  // An image builder's word (`state init --good`) belongs to what was recorded with it, or first found.
  return slot.health === 'good' && (slot.deployment === null || holds === slot.deployment.id);
}

function notesOn(before: BootState, { slot: name, once, found }: Choice, after: BootState): readonly string[] {
  const [was, is] = [before.slots[name], after.slots[name]];
  if (was === undefined || is === undefined) return [];
  const isOther = found !== null && was.deployment !== null && found.id !== was.deployment.id;
  return [
    ...(was.health === 'bad' ? [`slot ${name} was bad: ${was.reason ?? 'no reason recorded'}`] : []),
    ...(isOther ? [`slot ${name} holds something else than was recorded`] : []),
    ...(was.health === 'good' && is.health === 'trial' ? [`slot ${name} has to prove itself again`] : []),
    ...(was.mode === 'clean' ? [`slot ${name} boots with its writable layer again`] : []),
    ...(before.oneShot !== null && (before.oneShot !== name || !once)
      ? [`the choice for one boot of slot ${before.oneShot} is gone`]
      : []),
  ];
}
