/**
 * What the kernel tells of a watchdog in sysfs, and what follows from it.
 *
 * Pure. Nothing here needs the device to be opened: opening it starts the watchdog.
 */
import type { Setting } from '../kernel-cmdline.ts';

/** WDIOF_SETTIMEOUT and WDIOF_MAGICCLOSE of linux/watchdog.h. */
const CAN_SET_TIMEOUT = 0x80;
const MAGIC_CLOSE = 0x100;

export interface WatchdogFacts {
  /** Such as `watchdog0`. */
  readonly name: string;
  /** What its driver calls itself. */
  readonly identity: string | null;
  /** Flags of the driver; null: this kernel does not tell them. */
  readonly options: number | null;
  /** Once started it cannot be stopped; null: this kernel does not tell. */
  readonly nowayout: boolean | null;
  readonly isActive: boolean | null;
  readonly timeoutSeconds: number | null;
}

/** @param read the text of an attribute of the watchdog in sysfs, or null: there is none */
export function parseWatchdogFacts(name: string, read: (attribute: string) => string | null): WatchdogFacts {
  const number = (attribute: string): number | null => {
    const text = read(attribute)?.trim() ?? '';
    return /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : null;
  };
  const nowayout = number('nowayout');
  const state = read('state')?.trim() ?? null;
  return {
    name,
    identity: read('identity')?.trim() ?? null,
    options: number('options'),
    nowayout: nowayout === null ? null : nowayout !== 0,
    isActive: state === null ? null : state === 'active',
    timeoutSeconds: number('timeout'),
  };
}

/** Known only where the kernel tells the driver's flags. */
export function cannotSetTimeout({ options }: WatchdogFacts): boolean {
  return options !== null && (options & CAN_SET_TIMEOUT) === 0;
}

/**
 * Whether it stops when whoever opened it closes it without a word, as the end of a process does: then nothing guards
 * the way from the initramfs to the init, nor an init that crashed.
 * @returns null: the kernel does not tell
 */
export function stopsOnClose({ options, nowayout }: WatchdogFacts): boolean | null {
  if (nowayout === true) return false;
  if (options === null || nowayout === null) return null;
  return (options & MAGIC_CLOSE) === 0;
}

export interface OverrulingWord {
  readonly word: string;
  /** It is about the time-out; otherwise about which device it is. */
  readonly isTimeout: boolean;
}

/**
 * What on the kernel command line takes the watchdog out of our hands: systemd goes by it and by no file of ours.
 * Source: kernel-command-line(7) of systemd, which takes `-` for `_` in keys, and needs a value.
 * @returns null: nothing does
 */
export function overrulingWord(cmdline: readonly Setting[]): OverrulingWord | null {
  const of = (name: string) =>
    cmdline.findLast(({ key, value }) => key.replaceAll('-', '_') === `systemd.watchdog_${name}` && value !== '');
  const [timeout, device] = [of('sec'), of('device')];
  const found = timeout ?? device;
  return found === undefined ? null : { word: `${found.key}=${found.value}`, isTimeout: timeout !== undefined };
}

/** The init that somebody asks for on the kernel command line, by the rule of the boot scripts (`asked_init`), or null. */
export function askedInit(cmdline: readonly Setting[]): string | null {
  return (
    cmdline.findLast(({ key, value }) => key === 'init' && /^\/.*init$|^\/.*\/systemd$/.test(value))?.value ?? null
  );
}

/** For messages. */
export function watchdogName({ name, identity }: WatchdogFacts): string {
  return identity === null || identity === '' ? name : `${name} (${identity})`;
}
