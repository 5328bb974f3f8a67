/**
 * Leaves in `/run` what ends a boot that never gets a verdict, and what unmounts the root at its end.
 *
 * Invariant: nothing here keeps a boot from going on. What cannot be set becomes a text in `degraded`.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeError } from '../../core/errors.ts';
import { parseKernelCmdline, type Setting } from '../../core/kernel-cmdline.ts';
import {
  deadlineUnits,
  fstabWithoutRoot,
  MANAGER_CONF_AGAIN,
  managerConfig,
  remountUnit,
  type UnitFile,
} from '../../core/root/deadline-units.ts';
import { askedInit, overrulingWord } from '../../core/root/watchdog-facts.ts';
import type { Places } from './places.ts';
import { resolveInRoot } from './resolve-in-root.ts';
import { placeShutdown } from './shutdown.ts';
import { armWatchdog, type WatchdogSettings } from './watchdog.ts';

export interface DeadlineSettings {
  readonly seconds: number;
  readonly unattended: boolean;
  readonly watchdog: WatchdogSettings;
  /** As `check` found it. */
  readonly init: string;
}

const PANIC_SECONDS = 10;

/** @returns what is missing, in words */
export function setDeadline(settings: DeadlineSettings, places: Places): readonly string[] {
  return [
    ...attempt('kernel panics do not reboot', () => setPanic(places)),
    ...attempt('the deadline is not set', () => writeUnits(settings, places)),
    ...attempt('the root is not unmounted in order at shutdown', () => placeShutdown(places)),
    ...setWatchdog(settings, places),
  ];
}

/**
 * 1 the manager's settings, 2 the watchdog: armed without them it would reset a system that works, because nobody feeds
 * it. One that could not be armed is taken out of them again.
 */
function setWatchdog(settings: DeadlineSettings, places: Places): readonly string[] {
  const { watchdog, init } = settings;
  if (watchdog.timeoutSeconds <= 0) return attempt(NO_MANAGER, () => writeManager(null, settings, places));
  const cmdline = readCmdline(places);
  const starts = initThatStarts(cmdline, init, places);
  if (!isSystemd({ ...settings, init: starts }, places))
    return [...withdraw(settings, places), `the watchdog is not armed: the init '${starts}' would not feed it`];
  const overruling = overrulingWord(cmdline);
  if (overruling !== null)
    return [
      ...attempt(NO_MANAGER, () => writeManager(overruling.isTimeout ? null : watchdog, settings, places)),
      `the watchdog is not armed before systemd: it goes by '${overruling.word}' on the kernel command line`,
    ];
  const told = attempt(NO_MANAGER, () => writeManager(watchdog, settings, places));
  if (told.length > 0) return [...told, 'the watchdog is not armed: systemd could not be told of it'];
  try {
    const armed = armWatchdog(watchdog, places);
    if (armed.kind === 'armed') return armed.note === null ? [] : [armed.note];
    return [...withdraw(settings, places), ...(armed.why === null ? [] : [`the watchdog is not armed: ${armed.why}`])];
  } catch (error) {
    return [...withdraw(settings, places), `the watchdog is not armed: ${describeError(error)}`];
  }
}

/** The boot scripts honour an `init=` that the root has, and ignore any other. */
function initThatStarts(cmdline: readonly Setting[], checked: string, { newRoot }: Places): string {
  const asked = askedInit(cmdline);
  if (asked === null) return checked;
  const found = statSync(resolveInRoot(newRoot, asked), { throwIfNoEntry: false });
  return found?.isFile() === true && (found.mode & 0o111) !== 0 ? asked : checked;
}

function readCmdline({ procSys }: Places): readonly Setting[] {
  const path = join(dirname(procSys), 'cmdline');
  return existsSync(path) ? parseKernelCmdline(readFileSync(path, 'utf8')) : [];
}

const NO_MANAGER = 'a crash of systemd does not reboot';

function withdraw(settings: DeadlineSettings, places: Places): readonly string[] {
  return attempt('systemd may arm the watchdog', () => writeManager(null, settings, places));
}

function writeManager(watchdog: WatchdogSettings | null, settings: DeadlineSettings, places: Places): null {
  if (!isSystemd(settings, places)) return null;
  for (const file of [managerConfig(watchdog), MANAGER_CONF_AGAIN]) writeUnit(file, places);
  return null;
}

function attempt(consequence: string, work: () => string | null): readonly string[] {
  try {
    const trouble = work();
    return trouble === null ? [] : [`${consequence}: ${trouble}`];
  } catch (error) {
    return [`${consequence}: ${describeError(error)}`];
  }
}

function isSystemd({ init }: DeadlineSettings, places: Places): boolean {
  return resolveInRoot(places.newRoot, init).endsWith('/systemd');
}

function setPanic(places: Places): null {
  writeFileSync(join(places.procSys, 'kernel/panic'), `${PANIC_SECONDS}\n`);
  writeFileSync(join(places.procSys, 'kernel/panic_on_oops'), '1\n');
  return null;
}

function writeUnits(settings: DeadlineSettings, places: Places): string | null {
  if (!isSystemd(settings, places))
    return `the init '${settings.init}' is not systemd: only the kernel and a watchdog can end this boot`;
  const systemctl = ['/usr/bin/systemctl', '/bin/systemctl'].find((path) =>
    existsSync(resolveInRoot(places.newRoot, path)),
  );
  const { seconds, unattended } = settings;
  const request = {
    seconds,
    unattended,
    systemctl: systemctl ?? '/bin/systemctl',
    runDir: '/run/lifeboot',
  };
  for (const file of [...deadlineUnits(request), remountFile(places)]) writeUnit(file, places);
  return systemctl === undefined ? 'the root has no systemctl' : null;
}

/** Where the root's table has a line for `/`, the booted system's remount gets one without it. */
function remountFile(places: Places): UnitFile {
  const path = resolveInRoot(places.newRoot, '/etc/fstab');
  const table = existsSync(path) ? fstabWithoutRoot(readFileSync(path, 'utf8')) : null;
  if (table === null) return remountUnit(null);
  writeFileSync(join(places.runDir, 'fstab'), table, { mode: 0o644 });
  return remountUnit('/run/lifeboot/fstab');
}

function writeUnit(file: UnitFile, places: Places): void {
  const path = join(places.run, 'systemd', file.path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  if ('text' in file) {
    writeFileSync(path, file.text, { mode: 0o644 });
    return;
  }
  rmSync(path, { force: true });
  symlinkSync(file.target, path);
}
