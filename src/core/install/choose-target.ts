/**
 * The slot that an image goes into when nobody names one: the inactive one.
 *
 * Pure. Whether a slot may be written is decided in one place, `core/repair/refuse-write.ts`; this only finds the one
 * that is meant, and never guesses between the running one and the way back.
 */
import type { Config } from '../config/config.ts';
import { BootError } from '../errors.ts';
import { lastProven } from '../repair/last-proven.ts';
import type { SlotName } from '../slot.ts';
import type { BootState } from '../state/state.ts';

/**
 * @param running the running slot, or null where that is not known
 * @throws BootError REFUSED when no slot is free
 */
export function chooseTarget(config: Config, state: BootState, running: SlotName | null): SlotName {
  const way = lastProven(state);
  const normal = Object.keys(config.slots).filter((name) => config.slots[name]?.role === 'normal');
  const free = normal.find((name) => name !== running && !way.includes(name));
  if (free !== undefined) return free;
  const kept = normal.map((name) => `${name} ${name === running ? 'runs' : 'proved itself last'}`).join(', ');
  throw new BootError('REFUSED', `no slot is free for an image: ${kept}`, {
    hint: 'boot the slot that proved itself last, then the other one is free; or name a slot with --slot',
  });
}
