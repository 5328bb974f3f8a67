/**
 * How often a slot may be booted before another one has its turn.
 *
 * Pure.
 */
import type { Config } from '../config/config.ts';
import type { BootState, SlotState } from '../state/state.ts';

/** Attempts that the slot has in its present health: its own limit, else the configuration's. */
export function attemptLimit(slot: SlotState, config: Config): number {
  return slot.limit ?? (slot.health === 'good' ? config.attempts.good : config.attempts.trial);
}

/** Attempts used in the mode that the slot would boot in. */
export function usedAttempts(slot: SlotState): number {
  return slot.mode === 'clean' ? slot.cleanAttempts : slot.attempts;
}

/**
 * Whether the slot may be booted in its turn. After a round in which nothing worked, health no longer counts:
 * whatever is not empty has its attempts again.
 */
export function isBootable(slot: SlotState, config: Config, state: BootState): boolean {
  const byHealth = state.round.number > 0 ? slot.health !== 'empty' : slot.health === 'good' || slot.health === 'trial';
  return byHealth && usedAttempts(slot) < attemptLimit(slot, config);
}

/** `trial, 1 of 3 attempts used`. */
export function describeSlot(slot: SlotState, config: Config): string {
  const mode = slot.mode === 'clean' ? ' in clean mode' : '';
  const held = slot.held === null ? '' : ', held back since an outage';
  const lasting = slot.shortLived === 0 ? '' : `, did not last ${slot.shortLived} times in a row`;
  return `${slot.health}${mode}, ${usedAttempts(slot)} of ${attemptLimit(slot, config)} attempts used${held}${lasting}`;
}
