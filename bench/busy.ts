/** How busy this machine is with other things: a ratio that was measured beside them says little. */
import { readFileSync } from 'node:fs';

const WINDOW_MS = 2000;
const QUIET_SHARE = 0.12;

interface CpuTimes {
  readonly idle: number;
  readonly total: number;
}

/** The totals of all processors since boot, from the first line of /proc/stat; waiting for disks counts as idle. */
export function parseCpuTimes(stat: string): CpuTimes {
  const line = /^cpu +(.*)$/m.exec(stat)?.[1];
  if (line === undefined) throw new Error(`no line 'cpu' in: ${stat.slice(0, 80)}`);
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, ...rest] = line.split(' ').map(Number);
  const waiting = idle + wait;
  // The last two are guests' times, which are in user and nice already.
  return { idle: waiting, total: user + nice + system + waiting + rest.slice(0, 3).reduce((a, b) => a + b, 0) };
}

/** A warning when others keep the processors busy now, while nothing of the bench runs; undefined when it is quiet. */
export function warnIfBusy(): string | undefined {
  const read = (): CpuTimes => parseCpuTimes(readFileSync('/proc/stat', 'utf8'));
  const before = read();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WINDOW_MS);
  const after = read();
  const share = 1 - (after.idle - before.idle) / (after.total - before.total);
  if (share <= QUIET_SHARE) return undefined;
  return `note: other work takes ${Math.round(share * 100)} % of this machine: times below are not to be trusted`;
}
