/**
 * Arms the hardware watchdog before the root is entered: from here until systemd takes it over, a kernel that hangs is
 * reset, and so is an init that never gets as far.
 *
 * Invariants: only for systemd, which goes on feeding it (`RuntimeWatchdogSec=`); any other init would be reset while it
 * works. And never with another time-out than the one that systemd was told: a watchdog that would not take it is
 * stopped again.
 */
import { writeFileSync } from 'node:fs';
import { cannotSetTimeout, stopsOnClose, type WatchdogFacts, watchdogName } from '../../core/root/watchdog-facts.ts';
import { type Finished, tryProgram } from '../exec.ts';
import { isInitramfs } from '../is-initramfs.ts';
import { readWatchdog, WATCHDOG_DEVICE } from '../watchdog-sysfs.ts';
import { whyFailed } from './tools.ts';
import { waitForDevice } from './wait-for-modules.ts';

export interface WatchdogSettings {
  /** Null: `/dev/watchdog`. */
  readonly device: string | null;
  /** Until the reset; 0: off. */
  readonly timeoutSeconds: number;
}

export interface WatchdogPlaces {
  /** Another device than the settings', for tests; null: the machine's, in an initramfs only. */
  readonly watchdog: string | null;
  readonly runDir: string;
}

export type Armed =
  /** It runs, or will be started by systemd when its driver comes. */
  { readonly kind: 'armed'; readonly note: string | null } | { readonly kind: 'off'; readonly why: string | null };

/** busybox would go on feeding it, so it is ended; it gets longer where the machine is slow. */
const SETTING_MS = [100, 400, 1500];

/** WDIOC_SETTIMEOUT, by name or by number, as busybox complains of it. */
const REFUSED_TIMEOUT = /SETTIMEOUT|0xc0045706/i;

export function armWatchdog({ device, timeoutSeconds }: WatchdogSettings, places: WatchdogPlaces): Armed {
  const path = places.watchdog ?? device ?? WATCHDOG_DEVICE;
  const isOurs = places.watchdog !== null || isInitramfs();
  if (timeoutSeconds <= 0) return { kind: 'off', why: null };
  if (!isOurs) return { kind: 'armed', note: null };
  if (!waitForDevice(path, places.runDir)) {
    return { kind: 'armed', note: device === null ? null : `the watchdog is not armed: there is no '${device}'` };
  }
  const facts = () => readWatchdog(path);
  const before = facts();
  if (cannotSetTimeout(before)) return { kind: 'off', why: `${watchdogName(before)} has a fixed time-out` };
  const trouble = start(path, timeoutSeconds, facts);
  return trouble === null ? describeArmed(facts()) : stop(path, trouble, facts);
}

/** @returns why its time-out is not what was asked for, or null */
function start(path: string, seconds: number, facts: () => WatchdogFacts): string | null {
  for (const timeoutMs of SETTING_MS) {
    // Ended by SIGKILL it cannot write the character that would stop the device.
    const ended = tryProgram(['busybox', 'watchdog', '-T', String(seconds), '-F', path], {
      timeoutMs,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    });
    const trouble = whyNotSet(ended);
    if (trouble !== null) return trouble;
    const { isActive, timeoutSeconds } = facts();
    if (isActive !== null && timeoutSeconds === seconds) return null;
  }
  // Some drivers round; systemd asks for the same and goes by what it is told.
  return null;
}

function whyNotSet(ended: Finished): string | null {
  if (REFUSED_TIMEOUT.test(ended.stderr)) return `its time-out cannot be set: ${whyFailed(ended)}`;
  return ended.status === null && ended.trouble !== 'program not found' ? null : whyFailed(ended);
}

function describeArmed(facts: WatchdogFacts): Armed {
  if (facts.isActive !== false) return { kind: 'armed', note: null };
  const why = stopsOnClose(facts) === true ? 'its driver stops it when it is closed' : 'it does not run';
  return { kind: 'armed', note: `${watchdogName(facts)} guards nothing until systemd opens it: ${why}` };
}

/** Opened, it runs with a time-out that nobody has chosen. */
function stop(path: string, trouble: string, facts: () => WatchdogFacts): Armed {
  try {
    writeFileSync(path, 'V');
  } catch {
    // What counts is whether it runs now.
  }
  if (facts().isActive !== true) return { kind: 'off', why: trouble };
  // With nowayout it cannot be stopped: then systemd must feed it, with whatever time-out it has.
  return { kind: 'armed', note: `the watchdog runs with a time-out of its own: ${trouble}` };
}
