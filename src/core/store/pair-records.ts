/**
 * What the boot state says of slots whose layers have changed.
 *
 * Pure. Invariant: a slot stays good only where it shows what was proven in it. A copy of a good slot is a trial, because
 * the base beneath it is on another device and nobody has booted it there.
 */
import type { SlotName } from '../slot.ts';
import { type BootState, type Deployment, EMPTY_SLOT, type SlotState, withSlot } from '../state/state.ts';
import { deploymentOf, nameBefore, type Pair } from './pair.ts';

/**
 * Whether `found` in a slot is what `recorded` was, under a new name: a snapshot was taken of it, or its layers were
 * made one, and the power went before the boot state said so.
 * @param renaming with the id of the slot's base
 */
export function isRenamed(pair: Pair, slot: SlotName, { recorded, found, baseId, sameAs }: Renaming): boolean {
  return recorded === nameBefore(pair, slot, { baseId, sameAs }) && found === deploymentOf(pair, slot, baseId);
}

export interface Renaming {
  readonly recorded: string;
  readonly found: string;
  readonly baseId: string;
  /** Of the manifest of `found`; null: it has none. */
  readonly sameAs: string | null;
}

/**
 * The slot shows the same as before under the id `to`, so health and proof stay.
 * @param to with `sameAs` where the boot that runs knows it by its old id, and may prove it again
 */
export function renameDeployment(state: BootState, slot: SlotName, from: string, to: Deployment): BootState {
  const recorded = state.slots[slot];
  if (recorded === undefined || from === to.id || recorded.deployment?.id !== from) return state;
  const provenId = recorded.provenId === from ? to.id : recorded.provenId;
  return withSlot(state, slot, { deployment: to, provenId });
}

/** What an operator or the hardware gave stays. */
function anew(slot: SlotState | undefined): SlotState {
  const { limit, device } = slot ?? EMPTY_SLOT;
  return { ...EMPTY_SLOT, limit, device };
}

/** The proof of what a good slot held, for when that comes back. */
function proofOf(slot: SlotState | undefined): Partial<SlotState> {
  if (slot?.health !== 'good') return {};
  const { provenId, provenAt, proofLevel } = slot;
  return { provenId: provenId ?? slot.deployment?.id ?? null, provenAt, proofLevel };
}

/** A trial with all of its attempts, behind `active` in the order: what is prepared is not what boots next. */
export function putOnTrial(
  state: BootState,
  slot: SlotName,
  {
    deployment,
    active,
    reason,
  }: { readonly deployment: Deployment; readonly active: SlotName; readonly reason: string },
): BootState {
  const recorded = state.slots[slot];
  return behind(withSlot(state, slot, { ...anew(recorded), ...proofOf(recorded), deployment, reason }), slot, active);
}

/**
 * The slot has its base alone again: good where that was proven in it, else empty, so that no boot enters it.
 * @param base null: not known
 */
export function clearRecord(
  state: BootState,
  slot: SlotName,
  { base, active, reason }: { readonly base: Deployment | null; readonly active: SlotName; readonly reason: string },
): BootState {
  const recorded = state.slots[slot];
  const isProven = base !== null && recorded?.provenId === base.id;
  const { provenId, provenAt, proofLevel } = recorded ?? EMPTY_SLOT;
  const cleared: SlotState = isProven
    ? { ...anew(recorded), health: 'good', deployment: base, provenId, provenAt, proofLevel, best: 'proven' }
    : { ...anew(recorded), health: 'empty', deployment: base, reason };
  return behind(withSlot(state, slot, cleared), slot, active);
}

/** `slot` is not booted before `active`: not once, and not in the order. */
function behind(state: BootState, slot: SlotName, active: SlotName): BootState {
  const oneShot = state.oneShot === slot ? null : state.oneShot;
  const at = state.order.indexOf(slot);
  if (at < 0 || at > state.order.indexOf(active)) return { ...state, oneShot };
  const order = state.order.flatMap((name) => (name === slot ? [] : name === active ? [active, slot] : [name]));
  return { ...state, oneShot, order };
}
