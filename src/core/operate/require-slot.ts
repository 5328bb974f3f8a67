/**
 * Names that a person typed, held against the slots that there are.
 *
 * Pure.
 */
import { BootError } from '../errors.ts';
import { nearestWord } from '../nearest.ts';
import type { SlotName } from '../slot.ts';
import type { BootState, SlotState } from '../state/state.ts';

/**
 * @returns the recorded slot
 * @throws BootError USAGE when there is no slot of this name
 */
export function requireSlot(state: BootState, name: SlotName): SlotState {
  const slot = state.slots[name];
  if (slot !== undefined && Object.hasOwn(state.slots, name)) return slot;
  const names = Object.keys(state.slots);
  const near = nearestWord(name, names);
  const hint = near === null ? `the slots are: ${names.join(', ')}` : `did you mean '${near}'?`;
  throw new BootError('USAGE', `there is no slot '${name}'`, { hint });
}
