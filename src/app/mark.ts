/**
 * `lifeboot mark` and `lifeboot reset-attempts`: an operator judges.
 *
 * Effects: edits the boot state; a boot that was marked good has its verdict, which stops the deadline.
 */
import { initialOrder } from '../core/boot/plan-boot.ts';
import type { Config } from '../core/config/config.ts';
import { BootError } from '../core/errors.ts';
import type { RunningBoot } from '../core/judge/running-boot.ts';
import { markBadByHand, markGoodByHand, resetAttempts } from '../core/operate/judge-by-hand.ts';
import type { SlotName } from '../core/slot.ts';
import type { StateReading } from '../core/state/reading.ts';
import { type BootState, freshState } from '../core/state/state.ts';
import { type Edited, editState } from './edit-state.ts';
import type { Ports } from './ports.ts';
import { findRunningBoot } from './running-boot.ts';

export interface GoodRequest {
  readonly slot: SlotName | null;
  readonly normal: boolean;
  readonly dryRun: boolean;
}

/** @throws BootError UNAVAILABLE when no slot is running, BAD_DATA when the record does not match, and those of editState */
export function markGood(ports: Ports, request: GoodRequest): Edited {
  const boot = findRunningBoot(ports);
  if (boot === null) throw noRunningSlot('only the running system can be marked good');
  const at = ports.machine.now();
  const without = (reading: StateReading, config: Config): BootState | null => firstState(boot, reading, config);
  const edited = editState(ports, { dryRun: request.dryRun, without }, (state, config) =>
    markGoodByHand(state, { boot, slot: request.slot, normal: request.normal, at }, config),
  );
  if (!request.dryRun && ports.run.readVerdict()?.outcome !== 'proven') {
    ports.run.writeVerdict({ outcome: 'proven', reason: 'marked good by hand', at });
  }
  return edited;
}

/** A boot whose attempt could not be saved may meet a medium that holds nothing yet; its proof is worth a first state. */
function firstState(boot: RunningBoot, reading: StateReading, config: Config): BootState | null {
  const isWritable = reading.kind === 'blank' || reading.kind === 'corrupt';
  return isWritable && !boot.attemptSaved ? freshState(initialOrder({ config })) : null;
}

export interface BadRequest {
  readonly slot: SlotName | null;
  readonly reason: string | null;
  readonly dryRun: boolean;
}

/** @throws BootError UNAVAILABLE when no slot is named and none is running, and those of editState */
export function markBad(ports: Ports, request: BadRequest): Edited {
  const boot = findRunningBoot(ports);
  const slot = request.slot ?? boot?.slot;
  if (slot === undefined) throw noRunningSlot("name the slot: 'lifeboot mark bad SLOT'");
  return editState(ports, request, (state) => markBadByHand(state, { slot, reason: request.reason, boot }));
}

/** @throws BootError USAGE, and those of editState */
export function resetSlotAttempts(
  ports: Ports,
  request: { readonly slot: SlotName | null; readonly dryRun: boolean },
): Edited {
  return editState(ports, request, (state) => resetAttempts(state, request.slot));
}

function noRunningSlot(hint: string): BootError {
  return new BootError('UNAVAILABLE', 'this system was not booted from a slot by lifeboot', { hint });
}
