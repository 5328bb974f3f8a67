/**
 * The machine: clock, boot id, what the last boot left behind, reboot.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Machine } from '../app/ports.ts';
import { RELEASED_AT } from '../core/version.ts';
import { tryProgram } from './exec.ts';

/** WDIOF_CARDRESET of linux/watchdog.h: the watchdog caused the last reset. */
const WATCHDOG_RESET = 0x20;

export function makeMachine(userId: number): Machine {
  return {
    bootId: () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().replaceAll('-', ''),
    now,
    monotonicMs: () => performance.now(),
    uptimeSeconds: () => Number.parseFloat(readFileSync('/proc/uptime', 'utf8')),
    sleep: (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
    evidence: () => panicRecord() ?? watchdogReset(),
    isRoot: () => userId === 0,
    rebootNow,
  };
}

function now(): string | null {
  const date = new Date();
  return date.getTime() < Date.parse(RELEASED_AT) ? null : `${date.toISOString().slice(0, 19)}Z`;
}

function panicRecord(): string | null {
  const record = list('/sys/fs/pstore').find((name) => name.startsWith('dmesg-'));
  if (record === undefined) return null;
  const text = readText(`/sys/fs/pstore/${record}`);
  const line = /^.*Kernel panic - not syncing:?\s*(.*)$/m.exec(text)?.[1];
  return line === undefined ? null : `ended in a kernel panic: ${line.trim().slice(0, 120)}`;
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
  tryProgram(['systemctl', '--force', '--no-wall', `--message=${reason}`, 'reboot'], { timeoutMs: 20_000 });
  tryProgram(['reboot', '-f'], { timeoutMs: 20_000 });
  writeFileSync('/proc/sysrq-trigger', 'b');
}
