/**
 * The machine: clock, boot id, what the last boot left behind, reboot.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Machine } from '../app/ports.ts';
import { hardwareClockMs, setClock, trustedTime } from './clock.ts';
import { tryProgram } from './exec.ts';
import { isInitramfs } from './is-initramfs.ts';
import { list, readText } from './kernel-files.ts';
import { makePanicStore } from './pstore.ts';

/** How long the service manager may take to unmount everything and reboot. */
const ORDERLY_MS = 120_000;

/** WDIOF_CARDRESET of linux/watchdog.h: the watchdog caused the last reset. */
const WATCHDOG_RESET = 0x20;

export function makeMachine(userId: number): Machine {
  const panics = makePanicStore();
  return {
    bootId: () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', ''),
    now: () => trustedTime(),
    clocks: () => ({ nowMs: Date.now(), rtcMs: hardwareClockMs() }),
    setClock: (toMs, isKnown) => setClock(toMs, isKnown),
    monotonicMs: () => performance.now(),
    uptimeSeconds: () => Number.parseFloat(readFileSync('/proc/uptime', 'utf8')),
    sleep: pause,
    evidence: (since) => panics.read(since) ?? watchdogReset(),
    forgetEvidence: () => (isInitramfs() ? panics.take() : null),
    isRoot: () => userId === 0,
    rebootNow,
  };
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function watchdogReset(): string | null {
  const device = list('/sys/class/watchdog').find((name) => {
    const status = Number(readText(`/sys/class/watchdog/${name}/bootstatus`));
    return (status & WATCHDOG_RESET) !== 0;
  });
  return device === undefined ? null : `ended by the hardware watchdog ${device}`;
}

/** Ever harder ways to the same end; the first that works does not come back. */
function rebootNow(reason: string): void {
  tryProgram(['sync'], { timeoutMs: 20_000 });
  const asked = tryProgram(['systemctl', '--force', '--no-wall', `--message=${reason}`, 'reboot'], {
    timeoutMs: 20_000,
  });
  // systemctl returns at once, and what follows would cut the orderly way short: file systems are still mounted.
  if (asked.status === 0) pause(ORDERLY_MS);
  tryProgram(['reboot', '-f'], { timeoutMs: 20_000 });
  writeFileSync('/proc/sysrq-trigger', 'b');
}
