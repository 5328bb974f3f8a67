/**
 * `doctor` on the hardware watchdog: is there one, does it run, and does anything stop it that should not.
 *
 * Pure: from facts to findings.
 */
import type { WatchdogConfig } from '../config/config.ts';
import { cannotSetTimeout, stopsOnClose, type WatchdogFacts, watchdogName } from '../root/watchdog-facts.ts';
import { type Finding, ok, warn } from './finding.ts';

export interface WatchdogSight {
  /** The device is there. */
  readonly isPresent: boolean;
  readonly facts: WatchdogFacts;
  /** lifeboot booted this system, so the boot stage had its chance to arm it. */
  readonly isBooted: boolean;
}

const SUBJECT = 'watchdog';

export function examineWatchdog(config: WatchdogConfig, sight: WatchdogSight): readonly Finding[] {
  if (config.timeoutSeconds === 0) return [ok(SUBJECT, 'switched off: [watchdog] timeout is 0')];
  if (!sight.isPresent) {
    const device = config.device ?? '/dev/watchdog';
    return [warn(SUBJECT, `there is no ${device}`, 'a frozen kernel waits for a hand; load its driver')];
  }
  return [examineRunning(config, sight), ...examineDriver(sight)];
}

function examineRunning({ timeoutSeconds }: WatchdogConfig, { facts, isBooted }: WatchdogSight): Finding {
  const name = watchdogName(facts);
  if (facts.isActive === false) {
    const advice = isBooted
      ? "'lifeboot why' says what kept the boot stage from arming it"
      : 'lifeboot arms it at boot';
    return warn(SUBJECT, `${name} does not run`, advice);
  }
  const known = facts.timeoutSeconds === null ? '' : `, ${facts.timeoutSeconds} s`;
  if (cannotSetTimeout(facts)) {
    return warn(
      SUBJECT,
      `${name} has a fixed time-out${known}`,
      `it is left alone, as ${timeoutSeconds} s cannot be set`,
    );
  }
  return ok(SUBJECT, `${name} ${facts.isActive === null ? 'is there' : 'runs'}${known}`);
}

/** Most kernels do not tell; then the boot stage has tried it, by opening and closing, and `degraded` has its answer. */
function examineDriver({ facts, isBooted }: WatchdogSight): readonly Finding[] {
  const stops = stopsOnClose(facts);
  if (stops === false || (stops === null && isBooted)) return [];
  const advice =
    "load its driver with nowayout=1: 'options MODULE nowayout=1' below /etc/modprobe.d, and remake the image";
  const name = watchdogName(facts);
  return stops === null
    ? [warn(SUBJECT, `this kernel does not tell whether ${name} stops when its device is closed`, advice)]
    : [
        warn(
          SUBJECT,
          `${name} stops when its device is closed: between the initramfs and systemd nothing guards`,
          advice,
        ),
      ];
}
