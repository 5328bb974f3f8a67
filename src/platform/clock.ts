/**
 * The machine's clocks, and how far the one of the kernel is to be believed.
 *
 * The boot stage may have set it to a time that is only known not to be too late. It leaves a note of that in `/run`; as
 * long as nobody has put the clock right since, times from it are not recorded.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BootError } from '../core/errors.ts';
import { RELEASED_AT } from '../core/version.ts';
import { isInitramfs } from './is-initramfs.ts';
import { list, readText } from './kernel-files.ts';
import { tryTool, whyFailed } from './root/tools.ts';

const NOTE = '/run/lifeboot/clock';
const SYS_RTC = '/sys/class/rtc';
/** NTP moves a clock that is nearly right by less. */
const MOVED_MS = 2000;

/** Now, RFC 3339 UTC with seconds; null when the clock cannot be right, or was only guessed. */
export function trustedTime(note = NOTE): string | null {
  const nowMs = Date.now();
  if (nowMs < Date.parse(RELEASED_AT) || isGuess(nowMs, note)) return null;
  return `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
}

/** The latest of the hardware clocks: a dead battery makes one early, never late. */
export function hardwareClockMs(sysRtc = SYS_RTC): number | null {
  const seconds = list(sysRtc).map((name) => Number(readText(join(sysRtc, name, 'since_epoch')).trim()));
  const known = seconds.filter((value) => Number.isFinite(value) && value > 0);
  return known.length === 0 ? null : Math.max(...known) * 1000;
}

/**
 * @param isKnown false: it is only known not to be earlier
 * @throws BootError IO; NOT_PERMITTED outside of an initramfs, where the clock is not lifeboot's
 */
export function setClock(toMs: number, isKnown: boolean, note = NOTE): void {
  if (!isInitramfs()) throw new BootError('NOT_PERMITTED', 'the clock of a running system is left alone');
  const set = tryTool(['date', '-u', '-s', `@${Math.floor(toMs / 1000)}`]);
  if (set.status !== 0) throw new BootError('IO', `cannot set the clock: ${whyFailed(set)}`);
  if (isKnown) return;
  mkdirSync(dirname(note), { recursive: true });
  writeFileSync(note, `${Math.round(startedAt(Date.now()))}\n`);
}

/** Whether the clock still goes on from where it was set: then the kernel's start is where the note has it. */
function isGuess(nowMs: number, note: string): boolean {
  const noted = readText(note).trim();
  return /^\d+$/.test(noted) && Math.abs(startedAt(nowMs) - Number(noted)) < MOVED_MS;
}

function startedAt(nowMs: number): number {
  return nowMs - Number.parseFloat(readText('/proc/uptime')) * 1000;
}
