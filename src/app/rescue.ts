/**
 * `lifeboot rescue`: what the rescue environment does, and how an operator ends it.
 *
 * Effects: `retry` edits the boot state, then asks the initramfs's shell for the reboot. It never boots on in place.
 */
import { BootError } from '../core/errors.ts';
import { describeRescue, type RescueReport } from '../core/rescue/describe-rescue.ts';
import { rescueCommands } from '../core/rescue/rescue-commands.ts';
import type { SlotName } from '../core/slot.ts';
import type { Edited } from './edit-state.ts';
import type { Ports } from './ports.ts';
import { type Checked, checkSlots, repairBySettings } from './repair-check.ts';
import { switchSlot } from './switch.ts';

/** Never fails: what cannot be seen is missing in the report. */
export function reportRescue(ports: Ports): RescueReport {
  return describeRescue({
    config: ports.config.load().config,
    session: ports.rescue.session(),
    ports: ports.rescue.networkPorts(),
    uptimeSeconds: ports.machine.uptimeSeconds(),
  });
}

/** @throws BootError REFUSED outside of rescue, and those of {@link switchSlot} */
export function retrySlot(ports: Ports, request: { readonly slot: SlotName; readonly dryRun: boolean }): Edited {
  requireRescue(ports, `use 'lifeboot switch ${request.slot} --once', then reboot`);
  const edited = switchSlot(ports, { ...request, once: true });
  if (!request.dryRun) ports.rescue.end(`slot ${request.slot} is tried again`);
  return edited;
}

/**
 * Examines every slot, because none of them booted, keeps the findings and repairs what `[repair] auto` allows.
 * @throws BootError REFUSED outside of rescue, and those of {@link checkSlots}
 */
export function repairInRescue(ports: Ports): Checked {
  requireRescue(ports, "use 'lifeboot repair SLOT'");
  const checked = checkSlots(ports, { slots: Object.keys(ports.config.load().config.slots), keep: true });
  return { ...checked, done: repairBySettings(ports, checked.slots) };
}

/** The command lines that the builders of an initramfs bake into it. @throws BootError CONFIG */
export function listRescueCommands(ports: Ports): readonly (readonly string[])[] {
  const { config, path } = ports.config.load();
  if (config.tunnel !== null) return rescueCommands(config.tunnel);
  throw new BootError('CONFIG', `'${path}' has no [tunnel] (or not a sound one), so rescue has nobody to call`);
}

function requireRescue(ports: Ports, hint: string): void {
  if (ports.rescue.session() === null) throw new BootError('REFUSED', 'this node is not in rescue', { hint });
}
