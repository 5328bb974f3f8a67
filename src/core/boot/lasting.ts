/**
 * Whether a proven boot lasts. A system that crashes minutes after each proof is good by its tunnel and of no use: an operator
 * is thrown out again and again, while another proven slot may be all right.
 *
 * Pure. A boot is *young* from its proof until it has lasted, or until somebody asks it to go down. The next boot that finds
 * it young counts it against the slot; a slot with as many in a row as it has attempts is *restless*, and boots after the
 * other good ones. It stays good, and keeps its place in the order, because power cuts look the same from here.
 */
import type { Config } from '../config/config.ts';
import type { SlotName } from '../slot.ts';
import { type BootState, type SlotState, withSlot } from '../state/state.ts';
import type { BootFacts } from './facts.ts';
import { attemptLimit } from './limits.ts';

/** So long after its proof a boot is not young any more. */
export const LASTING_SECONDS = 600;

interface Named {
  readonly bootId: string;
  readonly slot: SlotName;
}

export function beginYoung(state: BootState, { bootId, slot }: Named): BootState {
  return { ...state, young: { bootId, slot } };
}

export function isYoung({ young = null }: BootState, { bootId, slot }: Named): boolean {
  return young?.bootId === bootId && young.slot === slot;
}

/** The boot has lasted: nothing is held against its slot any more. */
export function noteLasted(state: BootState, boot: Named): BootState {
  if (!isYoung(state, boot)) return state;
  return withSlot({ ...state, young: null }, boot.slot, { shortLived: 0 });
}

/** The system was asked to go down: that it did not last says nothing. */
export function excuseYoung(state: BootState, boot: Named): BootState {
  return isYoung(state, boot) ? { ...state, young: null } : state;
}

export interface SettledYoung {
  readonly state: BootState;
  readonly trace: readonly string[];
}

/** What the end of the last boot says, when that was proven and ended by itself. */
export function settleYoung(state: BootState, facts: Pick<BootFacts, 'bootId' | 'evidence'>): SettledYoung {
  const { young = null } = state;
  if (young === null || young.bootId === facts.bootId) return { state, trace: [] };
  const slot = state.slots[young.slot];
  if (slot === undefined) return { state: { ...state, young: null }, trace: [] };
  const shortLived = slot.shortLived + 1;
  const how = facts.evidence ?? 'ended by itself';
  const row = shortLived === 1 ? '' : `, ${shortLived} times in a row`;
  const reason = `the last boot of slot ${young.slot} ${how} within minutes after its proof${row}`;
  const counted = withSlot({ ...state, young: null }, young.slot, {
    shortLived,
    reason,
    evidence: facts.evidence ?? slot.evidence,
  });
  return { state: counted, trace: [reason] };
}

/** @returns 0: it lasts, or may; else how many boots in a row did not: as many as it has attempts, or more */
export function unrest(slot: SlotState, config: Config): number {
  const { shortLived } = slot;
  return shortLived >= attemptLimit(slot, config) ? shortLived : 0;
}
