/**
 * Why no ssh master answers, or why its server is silent: the master's logs and its connection tell.
 *
 * Reads only. Nothing here proves anything; it finds the words for what is not proven.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { describeSilence, parseTcpTable } from '../../core/ssh/ssh-link.ts';
import { readTrouble, type TunnelTrouble } from '../../core/ssh/ssh-outcome.ts';
import { readIfThere } from './files.ts';
import type { SshPlaces } from './kit.ts';

/** What ssh said last. While a new one still connects, what the one before it said. */
export function whyNoMaster(places: SshPlaces): TunnelTrouble {
  const said = readIfThere(places.log);
  if (said === null)
    return { kind: 'broken', why: "no ssh master: 'lifeboot tunnel run' has not started ssh in this boot" };
  const trouble = readTrouble(said);
  if (trouble !== null) return { ...trouble, why: `no ssh master: ${trouble.why}` };
  if (runningPid(places) === null) return { kind: 'broken', why: 'no ssh master: ssh was ended, and is not back yet' };
  const before = readTrouble(readIfThere(places.lastLog) ?? '');
  if (before === null) return { kind: 'broken', why: 'no ssh master yet: ssh is connecting' };
  return { ...before, why: `no ssh master yet: ssh is connecting again after: ${before.why}` };
}

/** Why a master that is there brought no answer in time. */
export function whySilent(places: SshPlaces, port: number): string {
  const pid = masterPid(places);
  if (pid === null) return 'the server did not answer';
  if (/^State:\s+[Tt]/m.test(readIfThere(`/proc/${pid}/status`) ?? '')) return 'the ssh master on this node is stopped';
  const tables = `${readIfThere(`/proc/${pid}/net/tcp`) ?? ''}\n${readIfThere(`/proc/${pid}/net/tcp6`) ?? ''}`;
  return describeSilence(parseTcpTable(tables), socketsOf(pid), port);
}

/** The process id of the tunnel's ssh, or null when it is gone. */
export function masterPid(places: SshPlaces): string | null {
  const pid = runningPid(places);
  return pid !== null && readIfThere(`/proc/${pid}/comm`)?.trim() === 'ssh' ? pid : null;
}

/** The tunnel's ssh by process id and start time, which no two processes of a boot share; null: it is gone. */
export function nameOfMaster(places: SshPlaces): string | null {
  const pid = masterPid(places);
  if (pid === null) return null;
  const stat = readIfThere(`/proc/${pid}/stat`) ?? '';
  // The name in brackets may hold anything; the start time is the 20th field after it (proc_pid_stat(5)).
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return started === undefined ? null : `${pid} since ${started}`;
}

/** The process that is the tunnel's ssh, or is about to become it; null when it is gone. */
function runningPid(places: SshPlaces): string | null {
  const pid = readIfThere(places.pid)?.trim() ?? '';
  if (!/^\d+$/.test(pid)) return null;
  const state = /^State:\s+(\S)/m.exec(readIfThere(`/proc/${pid}/status`) ?? '')?.[1];
  return state === undefined || 'ZX'.includes(state) ? null : pid;
}

function socketsOf(pid: string): ReadonlySet<string> {
  const inodes = new Set<string>();
  const directory = `/proc/${pid}/fd`;
  try {
    for (const name of readdirSync(directory)) {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${directory}/${name}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    }
  } catch {
    // The process ended while we looked; without its sockets the words are less exact, nothing more.
  }
  return inodes;
}
