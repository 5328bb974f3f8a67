/**
 * The machine: clock, boot id, what the last boot left behind, reboot.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { Machine } from '../app/ports.ts';
import { hardwareClockMs, setClock, trustedTime } from './clock.ts';
import { tryProgram } from './exec.ts';

/** How long the service manager may take to unmount everything and reboot. */
const ORDERLY_MS = 120_000;

/** WDIOF_CARDRESET of linux/watchdog.h: the watchdog caused the last reset. */
const WATCHDOG_RESET = 0x20;

export function makeMachine(userId: number): Machine {
  return {
    bootId: () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', ''),
    now: () => trustedTime(),
    clocks: () => ({ nowMs: Date.now(), rtcMs: hardwareClockMs() }),
    setClock: (toMs, isKnown) => setClock(toMs, isKnown),
    monotonicMs: () => performance.now(),
    uptimeSeconds: () => Number.parseFloat(readFileSync('/proc/uptime', 'utf8')),
    sleep: pause,
    evidence: (since) => panicRecord(since) ?? watchdogReset(),
    isRoot: () => userId === 0,
    rebootNow,
  };
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function now(): string | null {
  const date = new Date();
  return date.getTime() < Date.parse(RELEASED_AT) ? null : `${date.toISOString().slice(0, 19)}Z`;
}

/** Records stay until somebody takes them away, so one from before the last boot is not of that boot. */
function panicRecord(since: string | null): string | null {
  const directory = '/sys/fs/pstore';
  if (hasPanicStore() && list(directory).length === 0)
    tryProgram(['mount', '-t', 'pstore', 'pstore', directory], { timeoutMs: 5000 });
  const isRecent = (name: string) => since === null || statSync(`${directory}/${name}`).mtimeMs >= Date.parse(since);
  const record = list(directory).find((name) => name.startsWith('dmesg-') && isRecent(name));
  if (record === undefined) return null;
  const text = readText(`/sys/fs/pstore/${record}`);
  const line = /^.*Kernel panic - not syncing:?\s*(.*)$/m.exec(text)?.[1];
  return line === undefined ? null : `ended in a kernel panic: ${line.trim().slice(0, 120)}`;
}

/** Without a backend there is nothing to mount, and no reason to start a program for it. */
function hasPanicStore(): boolean {
  const backend = readText('/sys/module/pstore/parameters/backend').trim();
  return backend !== '' && backend !== '(null)';
}

function watchdogReset(): string | null {
  const device = list('/sys/class/watchdog').find((name) => {
    const status = Number(readText(`/sys/class/watchdog/${name}/bootstatus`));
    return (status & WATCHDOG_RESET) !== 0;
  });
  return device === undefined ? null : `ended by the hardware watchdog ${device}`;
}

/** Absent files are an answer here: there is no pstore, no watchdog. */
function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
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
