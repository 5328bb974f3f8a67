/**
 * `lifeboot drift` and `lifeboot etc-diff`: what the running system has changed, and what would become of it.
 *
 * Reads only.
 */
import { BootError } from '../core/errors.ts';
import { describeEtc, type EtcReport } from '../core/operate/describe-etc.ts';
import type { SlotName } from '../core/slot.ts';
import type { Drift, Ports } from './ports.ts';
import { reportStatus } from './report.ts';

export interface DriftReport {
  readonly drift: readonly Drift[];
  /** What the writable layer holds of them, and what of the image is hidden. */
  readonly total: { readonly sizeBytes: number; readonly imageBytes: number };
}

/** @throws BootError UNAVAILABLE where the root has no writable layer of lifeboot's */
export function reportDrift(ports: Ports): DriftReport {
  const drift = ports.changes.drift();
  const sum = (key: 'sizeBytes' | 'imageBytes') => drift.reduce((total, each) => total + each[key], 0);
  return { drift, total: { sizeBytes: sum('sizeBytes'), imageBytes: sum('imageBytes') } };
}

/**
 * @param slot null: the one that boots next, or the first other one when that runs already
 * @throws BootError USAGE for a slot that is not configured; UNAVAILABLE; what the slot's device throws
 */
export function reportEtc(ports: Ports, slot: SlotName | null): EtcReport {
  const { config } = ports.config.load();
  const name = slot ?? nextSlot(ports, Object.keys(config.slots));
  const configured = Object.hasOwn(config.slots, name) ? config.slots[name] : undefined;
  if (configured === undefined) {
    throw new BootError('USAGE', `there is no slot '${name}'`, {
      hint: `slots: ${Object.keys(config.slots).join(', ')}`,
    });
  }
  return describeEtc(name, config.upper.carry, ports.changes.etcSides(name, configured));
}

function nextSlot(ports: Ports, names: readonly SlotName[]): SlotName {
  const { next, booted } = reportStatus(ports).report;
  const others = names.filter((name) => name !== booted?.slot);
  return next.slot !== null && others.includes(next.slot) ? next.slot : (others[0] ?? next.slot ?? '');
}
