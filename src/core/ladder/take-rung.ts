/**
 * What the ladder writes into the boot state: the boot that it asks for, the end of a round, and that all is well again.
 *
 * Pure. Invariant: the ladder never touches health, attempts or order; it only says where the next boot goes.
 */
import { excuseYoung } from '../boot/lasting.ts';
import type { SlotName } from '../slot.ts';
import { takeBackSettings } from '../state/settings.ts';
import type { BootState } from '../state/state.ts';
import { type LadderBoot, NO_LADDER, type Rung } from './rungs.ts';

export interface Taken {
  /** Rungs of this boot that are not in the state yet. */
  readonly rungs: readonly Rung[];
  readonly running: SlotName;
  readonly at: string | null;
}

/** The state with `next` as the next boot. */
export function askForBoot(state: BootState, next: LadderBoot, { rungs, running, at }: Taken): BootState {
  const { ladder } = state;
  const excused = excuseYoung(state);
  const outage = state.outage ?? { since: at, slot: running };
  if (next.purpose === 'return')
    return { ...takeBackSettings(excused).state, outage, ladder: { ...nextRound(state), next } };
  const taken = [...ladder.taken, ...rungs, next.purpose];
  const slots = next.clean || next.slot === null ? ladder.slots : moved(ladder.slots, next.slot);
  const clean = next.clean && next.slot !== null ? moved(ladder.clean, next.slot) : ladder.clean;
  return { ...excused, outage, ladder: { round: ladder.round, taken, slots, clean, next } };
}

/** `name` as the newest of `names`. */
function moved(names: readonly SlotName[], name: SlotName): readonly SlotName[] {
  return [...names.filter((each) => each !== name), name];
}

/** A round is over where the node should wait, so it needs no boot: nothing has to be taken back either. */
export function endRound(state: BootState, { running, at }: Omit<Taken, 'rungs'>): BootState {
  return { ...state, outage: state.outage ?? { since: at, slot: running }, ladder: nextRound(state) };
}

function nextRound({ ladder }: BootState): BootState['ladder'] {
  return { round: ladder.round + 1, taken: [], slots: ladder.slots, clean: ladder.clean, next: null };
}

/** The tunnel is back in a boot that was proven before. */
export function forgetLadder(state: BootState): BootState {
  return { ...state, outage: null, ladder: NO_LADDER };
}
