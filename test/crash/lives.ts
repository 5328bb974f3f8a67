/**
 * Boots on and on from what a cut has left, in different worlds. The laws of a life hold in each.
 *
 * A life depends on nothing but the state that was read: the first boot, on the very disk, has already replaced the
 * record that the cut may have torn. So a life that was lived from the same state is not lived again.
 */
import { confirmWait } from '../../src/app/confirm.ts';
import { attemptLimit } from '../../src/core/boot/limits.ts';
import { BootError } from '../../src/core/errors.ts';
import type { BootState } from '../../src/core/state/state.ts';
import type { Image } from './disk/image.ts';
import { type Booted, bootOn, require } from './laws.ts';
import { CONFIGS, type Keeping } from './node-config.ts';
import type { NodeOptions, SimulatedNode } from './simulated-node.ts';

const bootIdOf = (count: number): string => (0x1000 + count * 7).toString(16).padStart(32, '0');

const lived = new Set<string>();

/** @returns whether it was a new one */
export function liveOn(image: Image, state: BootState, keeping: Keeping): boolean {
  const key = JSON.stringify({
    ...state,
    history: state.history.slice(-1).map(({ outcome, slot }) => [outcome, slot]),
  });
  if (lived.has(key)) return false;
  lived.add(key);
  cutEachTime(image, state, keeping);
  stayDark(image, state, keeping);
  const names = state.order.filter((name) => state.slots[name]?.health !== 'empty');
  proveOnly(names[lived.size % names.length] ?? 'a', image, keeping);
  return true;
}

/** Power goes in each boot: a trial has no more than its attempts in a round, and the preference stays. */
function cutEachTime(image: Image, first: BootState, keeping: Keeping): void {
  const { config } = CONFIGS[keeping];
  let at: Booted = { image, state: first, entered: null };
  let round = first.round.number;
  let entries = new Map<string, number>();
  for (let count = 1; count <= 14; count += 1) {
    const { state: before } = at;
    at = bootOn(at.image, { keeping, bootId: bootIdOf(count) });
    if (before === null || at.state === null) continue;
    if (at.state.round.number !== round) entries = new Map();
    round = at.state.round.number;
    const [name = '', mode = ''] = at.entered?.split(' ') ?? [];
    const slot = before.slots[name];
    if (before.oneShot !== null && name !== '')
      require(at.state.oneShot === null, 'a choice for one boot is left for another');
    require(at.state.order.join() === first.order.join(), 'a power cut has changed the preferred order');
    if (slot === undefined || slot.health !== 'trial' || mode !== 'normal' || before.oneShot === name) continue;
    const used = (entries.get(name) ?? 0) + 1;
    entries.set(name, used);
    require(used <= attemptLimit(slot, config), `trial ${name} was entered ${used} times in one round`);
  }
}

/** No slot finds the tunnel: whatever was good stays good, and the state stays readable. */
function stayDark(image: Image, first: BootState, keeping: Keeping): void {
  let at: Booted = { image, state: first, entered: null };
  const good = Object.entries(first.slots).flatMap(([name, { health }]) => (health === 'good' ? [name] : []));
  for (let count = 1; count <= 7; count += 1) {
    const options: NodeOptions = {
      keeping,
      bootId: bootIdOf(50 + count),
      sample: { kind: 'unproven', why: 'silence' },
    };
    at = bootOn(at.image, options, confirm);
  }
  for (const name of good) {
    require(at.state?.slots[name]?.health === 'good', `slot ${name} is not good any more, for want of an uplink alone`);
  }
}

/** One slot works and no other: the node finds it. */
function proveOnly(works: string, image: Image, keeping: Keeping): void {
  let at: Image = image;
  for (let count = 1; count <= 40; count += 1) {
    const options: NodeOptions = { keeping, bootId: bootIdOf(100 + count) };
    let isProven = false;
    const booted = bootOn(at, options, (node) => {
      if (node.entered.at(-1)?.startsWith(`${works} `) === true) isProven = confirm(node);
    });
    at = booted.image;
    if (isProven) return;
  }
  require(false, `slot ${works} works, and 40 boots have not found it`);
}

function confirm(node: SimulatedNode): boolean {
  if (node.entered.length === 0) return false;
  try {
    return confirmWait(node.ports).kind === 'proven';
  } catch (error) {
    if (error instanceof BootError) return false;
    throw error;
  }
}
