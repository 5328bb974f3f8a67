/**
 * Reads what sysfs tells of a watchdog. Never opens the device itself, which would start it.
 */
import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseWatchdogFacts, type WatchdogFacts } from '../core/root/watchdog-facts.ts';

export const WATCHDOG_DEVICE = '/dev/watchdog';

/**
 * @param device null: the first one
 * @param sysClass `/sys/class/watchdog`
 */
export function readWatchdog(device: string | null, sysClass = '/sys/class/watchdog'): WatchdogFacts {
  // The name without a number is an old one for the first.
  const name = device === null || device === WATCHDOG_DEVICE ? 'watchdog0' : basename(device);
  return parseWatchdogFacts(name, (attribute) => {
    try {
      return readFileSync(join(sysClass, name, attribute), 'utf8');
    } catch {
      // Not there, not known to this driver, or a kernel without them: null is the answer.
      return null;
    }
  });
}

/** @param device null: the first one */
export function hasWatchdog(device: string | null): boolean {
  return statSync(device ?? WATCHDOG_DEVICE, { throwIfNoEntry: false })?.isCharacterDevice() === true;
}
