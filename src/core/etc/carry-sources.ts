/**
 * Whose `/etc` a new deployment takes over: that of what was proven, the slot that ran last first.
 *
 * Pure. What was never proven is not taken: a mistake in it would follow the node from one deployment to the next. The
 * running slot comes before the new deployment's own: with two slots, what that one held before is two releases old.
 */
import type { SlotName } from '../slot.ts';
import type { BootState } from '../state/state.ts';

/** @returns names of uppers, `SLOT-DEPLOYMENT`; the first that is in the store is meant */
export function carrySources(state: BootState): readonly string[] {
  const ran = state.history.toReversed().flatMap(({ slot }) => (slot === null ? [] : [slot]));
  const names: readonly SlotName[] = [...new Set([...ran, ...state.order])];
  return names.flatMap((name) => {
    const provenId = state.slots[name]?.provenId ?? null;
    return provenId === null ? [] : [`${name}-${provenId}`];
  });
}
