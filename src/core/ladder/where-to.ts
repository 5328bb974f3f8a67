/**
 * Where the ladder sends the node next: another slot, the recovery slot, or back to the one that proved itself last.
 *
 * Pure. In the first round only proven slots are good enough; later ones try what is left too, because a node whose
 * proven slots all lost the tunnel has nothing else to hope for.
 */
import { provenSnapshots } from '../boot/snapshot-slots.ts';
import type { Config } from '../config/config.ts';
import type { RunningBoot } from '../judge/running-boot.ts';
import type { Role, SlotName } from '../slot.ts';
import { BEST } from '../slot.ts';
import type { BootState, SlotState } from '../state/state.ts';

/** The next slot of role normal, other than the running one; null: there is none. */
export function nextOther(state: BootState, running: RunningBoot, config: Config): SlotName | null {
  return next(state, running, config, 'normal');
}

export function nextRecovery(state: BootState, running: RunningBoot, config: Config): SlotName | null {
  return next(state, running, config, 'recovery');
}

/** The newest proven snapshot that the ladder has not tried, else the one tried longest ago. */
export function nextSnapshot(state: BootState, running: RunningBoot, config: Config): SlotName | null {
  const eligible = provenSnapshots(state).filter((name) => config.slots[name] !== undefined && name !== running.slot);
  return longestAgo(eligible, state.ladder.slots);
}

/**
 * The slot whose clean boot is next: the running one in the first round, in later ones also every other, because what
 * broke may be in the upper of the one slot whose network would work.
 */
export function nextClean(state: BootState, { slot, mode }: RunningBoot, config: Config): SlotName | null {
  const names = state.ladder.round === 0 ? [slot] : state.order;
  const eligible = names
    .filter((name) => config.slots[name] !== undefined && (state.slots[name]?.health ?? 'empty') !== 'empty')
    .filter((name) => (name === slot ? mode : state.slots[name]?.mode) === 'normal')
    .toSorted((left, right) => compare(state, left, right));
  return longestAgo(eligible, state.ladder.clean);
}

function next(state: BootState, running: RunningBoot, config: Config, role: Role): SlotName | null {
  const eligible = state.order
    .filter((name) => config.slots[name]?.role === role && isAnother(name, running, state))
    .filter((name) => isEligible(state.slots[name], state, role))
    .toSorted((left, right) => compare(state, left, right));
  return longestAgo(eligible, state.ladder.slots);
}

/** In a later round also the running slot, where this is a clean boot of it and it has not been booted normally. */
function isAnother(name: SlotName, running: RunningBoot, state: BootState): boolean {
  if (name !== running.slot) return true;
  return state.ladder.round > 0 && running.mode !== (state.slots[name]?.mode ?? 'normal');
}

/** What was never tried comes first, then what was tried longest ago. */
function longestAgo(eligible: readonly SlotName[], tried: readonly SlotName[]): SlotName | null {
  return eligible.toSorted((left, right) => tried.lastIndexOf(left) - tried.lastIndexOf(right))[0] ?? null;
}

function isEligible(slot: SlotState | undefined, { ladder }: BootState, role: Role): boolean {
  if (slot === undefined || slot.health === 'empty') return false;
  if (ladder.round > 0) return true;
  return role === 'recovery' ? slot.health !== 'bad' : slot.health === 'good';
}

/** The slot whose proof is the newest; null: none was proven. */
export function lastProven(state: BootState): SlotName | null {
  const good = state.order.filter((name) => state.slots[name]?.health === 'good');
  return good.toSorted((left, right) => compare(state, left, right))[0] ?? null;
}

/** Good ones first, the newest proof before the others; then by the best they ever showed. */
function compare(state: BootState, left: SlotName, right: SlotName): number {
  const [one, two] = [state.slots[left], state.slots[right]];
  const isGood = (slot: SlotState | undefined) => (slot?.health === 'good' ? 1 : 0);
  const rank = (slot: SlotState | undefined) => BEST.indexOf(slot?.best ?? 'nothing');
  return isGood(two) - isGood(one) || rank(two) - rank(one) || (two?.provenAt ?? '').localeCompare(one?.provenAt ?? '');
}
