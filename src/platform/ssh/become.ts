/**
 * Becomes the tunnel: checks what ssh needs, clears the way, and replaces this process with ssh.
 *
 * Effects. Invariant: a stale control socket is gone before ssh starts; with one there, ssh would run without
 * multiplexing and say nothing, and no proof could ever reach it.
 */
import { existsSync, mkdirSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TunnelConfig } from '../../core/config/config.ts';
import { BootError } from '../../core/errors.ts';
import { masterCommand, tunnelCommand } from '../../core/ssh/ssh-command.ts';
import { readTrouble } from '../../core/ssh/ssh-outcome.ts';
import { nextTarget, tunnelTargets } from '../../core/ssh/tunnel-targets.ts';
import { tryProgram } from '../exec.ts';
import { readIfThere } from './files.ts';
import { requireProgram } from './find-program.ts';
import type { Kit } from './kit.ts';

/** @throws BootError when ssh, a key or a host key file is not usable, or a tunnel already runs */
export function becomeTunnel(kit: Kit, tunnel: TunnelConfig): never {
  const { places, host } = kit;
  const ssh = requireProgram('ssh', host.env['PATH']);
  const targets = tunnelTargets(tunnel);
  const said = readIfThere(places.log) ?? '';
  const turn = nextTarget(targets.length, lastTarget(places.target), said);
  const command = tunnelCommand(tunnel, { ssh, control: places.control, log: places.log }, targets[turn]);
  checkKey(tunnel.identity, host.uid);
  checkReadable(tunnel.knownHosts, 'known_hosts', "pin the server's key: put its line from a machine you trust there");
  if (tunnel.certificate !== null) checkReadable(tunnel.certificate, 'certificate', 'copy the certificate there');
  mkdirSync(dirname(places.control), { recursive: true, mode: 0o755 });
  clearControl(ssh, places.control);
  if (readTrouble(said)?.kind === 'busy') kit.machine.sleep(kit.limits.busyPauseMs);
  // The pid first: while it lives, what the last ssh said explains why there is no master yet.
  writeFileSync(places.pid, `${host.pid}\n`);
  writeFileSync(places.target, `${turn}\n`);
  if (existsSync(places.log)) renameSync(places.log, places.lastLog);
  writeFileSync(places.log, '', { mode: 0o600 });
  return host.execve(ssh, command, ownEnvironment(host.env));
}

/** Absent in the first run of a boot. */
function lastTarget(path: string): number | null {
  const text = readIfThere(path)?.trim() ?? '';
  return text === '' ? null : Number(text);
}

/** Removes the socket of a master that is gone. @throws BootError BUSY when one still answers */
function clearControl(ssh: string, control: string): void {
  if (!existsSync(control)) return;
  const check = tryProgram(masterCommand(ssh, control, ['-O', 'check']), { timeoutMs: 5_000 });
  if (check.status === 0) {
    throw new BootError('BUSY', `a tunnel already runs at '${control}'`, {
      hint: "'systemctl status lifeboot-tunnel' shows it",
    });
  }
  rmSync(control, { force: true });
}

function checkKey(path: string, uid: number): void {
  const file = statOrHint(path, 'identity', "put the node's tunnel key there (mode 0600)");
  if ((file.mode & 0o077) !== 0) {
    throw new BootError(
      'CONFIG',
      `others may read the tunnel key '${path}' (mode ${(file.mode & 0o777).toString(8)})`,
      {
        hint: `chmod 600 ${path}`,
      },
    );
  }
  if (file.uid !== uid && file.uid !== 0) {
    throw new BootError('CONFIG', `the tunnel key '${path}' belongs to user ${file.uid}`, {
      hint: `chown ${uid} ${path}`,
    });
  }
}

function checkReadable(path: string, key: string, hint: string): void {
  const file = statOrHint(path, key, hint);
  if (file.size === 0) throw new BootError('CONFIG', `[tunnel] ${key}: '${path}' is empty`, { hint });
  if ((file.mode & 0o022) !== 0) {
    throw new BootError('CONFIG', `[tunnel] ${key}: others may write '${path}'`, { hint: `chmod go-w ${path}` });
  }
}

function statOrHint(path: string, key: string, hint: string): Stats {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file?.isFile() === true) return file;
  throw new BootError('CONFIG', `[tunnel] ${key}: there is no file '${path}'`, { hint });
}

function ownEnvironment(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
