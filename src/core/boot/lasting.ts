/**
 * Whether the boots of a good slot last. A system that crashes minutes after each proof is good by its tunnel and of no use:
 * an operator is thrown out again and again, while another good slot may be all right.
 *
 * Pure. A boot is *young* from its proof until it has lasted, or until somebody asks it to go down. The next boot that finds
 * it young counts it as `shortLived`, and so does one that came alive and died before its verdict. As many in a row as a
 * slot has attempts make it *restless*: it boots after the other good ones. It stays good and keeps its place in the order,
 * because power cuts look the same from here.
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
  return isYoung(state, boot) ? withSlot({ ...state, young: null }, boot.slot, { shortLived: 0 }) : state;
}

/** The system was asked to go down, by somebody or by the ladder: that it did not last says nothing. */
export function excuseYoung(state: BootState): BootState {
  return (state.young ?? null) === null ? state : { ...state, young: null };
}

export interface SettledYoung {
  readonly state: BootState;
  readonly trace: readonly string[];
}

/**
 * What the end of the last boot says, when that was proven and ended by itself. Where an older release has booted since, it
 * left `young` as it was, and what ended was another boot.
 */
export function settleYoung(state: BootState, facts: Pick<BootFacts, 'bootId' | 'evidence'>): SettledYoung {
  const { young = null } = state;
  if (young === null || young.bootId === facts.bootId) return { state, trace: [] };
  const last = state.history.at(-1);
  const slot = state.slots[young.slot];
  const settled = excuseYoung(state);
  if (slot === undefined || last?.bootId !== young.bootId || last.slot !== young.slot)
    return { state: settled, trace: [] };
  const shortLived = slot.shortLived + 1;
  const row = shortLived === 1 ? '' : `, and did not last ${shortLived} times in a row`;
  const reason = `slot ${young.slot} ${facts.evidence ?? 'ended by itself'} within minutes after its proof${row}`;
  const counted = withSlot(settled, young.slot, {
    shortLived,
    ...(slot.health === 'good' ? { reason } : {}),
    evidence: facts.evidence ?? slot.evidence,
  });
  return { state: counted, trace: [reason] };
}

/** @returns how many times over the slot had all of its attempts in boots that did not last; 0: it lasts, or may */
export function restlessness(slot: SlotState, config: Config): number {
  return Math.floor(slot.shortLived / attemptLimit(slot, config));
}
