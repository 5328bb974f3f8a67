/**
 * What must be seen after a scenario, judged from what the node said through its tunnel.
 *
 * Pure. Invariant: every function either finds what it names or throws; nothing is "probably fine".
 */
import type { LoggedBoot, NodeStatus } from '../test/vm/support/node-view.ts';
import type { SlotLetter } from './upgrades.ts';

export function expect(seen: boolean, what: string): asserts seen {
  if (!seen) throw new Error(`not seen: ${what}`);
}

/** The node runs `slot` in the boot `bootId`, and that boot is proven. */
export function expectProven(status: NodeStatus, slot: SlotLetter, bootId: string): void {
  expect(status.booted?.slot === slot, `status says slot '${slot}' is booted (it says '${status.booted?.slot}')`);
  expect(status.booted.bootId === bootId, 'status speaks of the boot that was looked at');
  expect(status.booted.proven, `this boot of slot '${slot}' is proven`);
  const { health, attempts } = status.slots[slot] ?? {};
  expect(
    health === 'good' && attempts === 0,
    `slot '${slot}' is good with no attempt counted (it is ${health}, ${attempts})`,
  );
  expect(status.next.slot === slot, `slot '${slot}' boots next (status says '${status.next.slot}')`);
}

/** The trial in `slot` is over: judged bad, or out of attempts. */
export function expectSpent(status: NodeStatus, slot: SlotLetter): void {
  const { health, attempts, limit } = status.slots[slot] ?? {};
  const spent = health === 'bad' || (attempts !== undefined && limit !== undefined && attempts >= limit);
  expect(spent, `slot '${slot}' is bad or has used up its attempts (it is ${health}, ${attempts} of ${limit})`);
}

/** What was booted since `bootId`, oldest first. A boot that fell back in place has an entry for each slot it tried. */
export function bootsSince(log: readonly LoggedBoot[], bootId: string): readonly LoggedBoot[] {
  const index = log.findLastIndex((boot) => boot.bootId === bootId);
  expect(index >= 0, `boot ${bootId} is in the node's log`);
  return log.slice(index + 1);
}

/** Exactly `attempts` unproven boots of the trial, then a proven one of `home`. */
export function expectTrialThenHome(
  boots: readonly LoggedBoot[],
  trial: SlotLetter,
  attempts: number,
  home: SlotLetter,
): void {
  const shown = boots.map((boot) => `${boot.slot} ${boot.outcome}`).join(', ');
  const tried = boots.slice(0, -1);
  const last = boots.at(-1);
  expect(
    tried.length === attempts && tried.every((boot) => boot.slot === trial && boot.outcome !== 'proven'),
    `${attempts} unproven boots of slot '${trial}' in the log (it has: ${shown})`,
  );
  expect(
    last?.slot === home && last.outcome === 'proven',
    `then a proven boot of slot '${home}' (the log has: ${shown})`,
  );
}
