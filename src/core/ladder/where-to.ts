/**
 * Where the ladder sends the node next: another slot, the recovery slot, or back to the one that proved itself last.
 *
 * Pure. In the first round only proven slots are good enough; later ones try what is left too, because a node whose
 * proven slots all lost the tunnel has nothing else to hope for.
 */
import type { Config } from '../config/config.ts';
import type { Role, SlotName } from '../slot.ts';
import { BEST } from '../slot.ts';
import type { BootState, SlotState } from '../state/state.ts';

/** The next slot of role normal, other than the running one; null: there is none. */
export function nextOther(state: BootState, running: SlotName, config: Config): SlotName | null {
  return next(state, running, config, 'normal');
}

export function nextRecovery(state: BootState, running: SlotName, config: Config): SlotName | null {
  return next(state, running, config, 'recovery');
}

function next(state: BootState, running: SlotName, config: Config, role: Role): SlotName | null {
  const eligible = state.order
    .filter(
      (name) => name !== running && config.slots[name]?.role === role && isEligible(state.slots[name], state, role),
    )
    .toSorted((left, right) => compare(state, left, right));
  // What was tried longest ago has the next turn.
  const turnOf = (name: SlotName) => state.ladder.slots.lastIndexOf(name);
  return eligible.toSorted((left, right) => turnOf(left) - turnOf(right))[0] ?? null;
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
