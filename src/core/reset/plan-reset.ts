/**
 * What a pending factory reset means for the boot that is being planned.
 *
 * Pure. Invariant: planning twice is planning once, because a plan is made again after each failed step.
 */
import type { Step } from '../boot/step.ts';
import { type BootState, NOTHING_TRIED, type SlotState, withSlot } from '../state/state.ts';
import { describeAction, formatAction, pendingReset } from './reset-action.ts';

export interface PlannedReset {
  readonly state: BootState;
  readonly step: Step | null;
  readonly trace: readonly string[];
}

/**
 * What broke in a slot's normal mode is put aside, so that mode is tried again, with all of its attempts.
 * @param state settled
 */
export function planReset(state: BootState): PlannedReset {
  const action = pendingReset(state);
  if (action === null) return { state, step: null, trace: [] };
  const clean = Object.entries(state.slots).filter(([, { mode }]) => mode === 'clean');
  const isReset = action.kind === 'reset';
  const ended = isReset ? clean.reduce((all, [name]) => withSlot(all, name, NORMAL), state) : state;
  return {
    state: ended,
    step: { do: 'resetData', action: formatAction(action), proven: provenUppers(state) },
    trace: [
      describeAction(action),
      ...(isReset ? clean.map(([name]) => `slot ${name} has its writable layer and persistent directories again`) : []),
    ],
  };
}

const NORMAL: Partial<SlotState> = { ...NOTHING_TRIED, mode: 'normal' };

/** The slot that ran last first: what it holds has carried the request through the tunnel. */
function provenUppers(state: BootState): readonly string[] {
  const last = state.history.findLast(({ slot }) => slot !== null)?.slot ?? null;
  const good = Object.entries(state.slots).filter(([, { health }]) => health === 'good');
  const lastFirst = good.toSorted(([left], [right]) => Number(right === last) - Number(left === last));
  return lastFirst.flatMap(([name, { deployment }]) => (deployment === null ? [] : [`${name}-${deployment.id}`]));
}
