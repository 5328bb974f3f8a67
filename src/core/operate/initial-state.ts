/**
 * The first state of a node, as `state init` records it.
 *
 * Pure.
 */

import { initialOrder } from '../boot/plan-boot.ts';
import type { Config } from '../config/config.ts';
import { BootError } from '../errors.ts';
import { nearestWord } from '../nearest.ts';
import type { SlotName } from '../slot.ts';
import { type BootState, type Deployment, freshState, withSlot } from '../state/state.ts';

export interface InitialChoice {
  /** The slot that an image builder has proven, or null. */
  readonly good: SlotName | null;
  /** What that slot holds, or null where it cannot be looked at. */
  readonly found: Deployment | null;
  readonly at: string | null;
}

/**
 * Every configured slot on trial with no attempts used, in configuration order, recovery last; `good` vouched for.
 * @throws BootError CONFIG without slots, USAGE when `good` is none of them
 */
export function initialState(config: Config, choice: InitialChoice): BootState {
  const names = initialOrder({ config });
  if (names.length === 0) {
    throw new BootError('CONFIG', 'the configuration names no slots', { hint: 'add [slots.a] with root = "…"' });
  }
  const fresh = freshState(names);
  const { good, found, at } = choice;
  if (good === null) return fresh;
  if (!names.includes(good)) {
    const near = nearestWord(good, names);
    const hint = near === null ? `the slots are: ${names.join(', ')}` : `did you mean '${near}'?`;
    throw new BootError('USAGE', `there is no slot '${good}'`, { hint });
  }
  return withSlot(fresh, good, {
    health: 'good',
    deployment: found,
    provenAt: at,
    proofLevel: 'manual',
    provenId: found?.id ?? null,
    best: 'proven',
  });
}
