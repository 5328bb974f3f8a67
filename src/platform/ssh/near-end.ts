/**
 * The near-end login: a real SSH login to this node's own sshd that must answer with the running boot's id.
 *
 * Runs ssh. Invariant: the host keys it accepts are the node's own, written anew for each sample, so nothing else on
 * the way can answer in its place.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TunnelConfig } from '../../core/config/config.ts';
import { loginCommand, NODE_ALIAS } from '../../core/ssh/ssh-command.ts';
import { type LoginReading, readLogin } from '../../core/ssh/ssh-login.ts';
import { tryProgram } from '../exec.ts';
import { describeAccount } from './account.ts';
import { readIfThere, replaceFile } from './files.ts';
import type { Kit } from './kit.ts';

/** When the account itself is in order. */
const ELSEWHERE =
  'the account is in order, so see PermitRootLogin, AllowUsers and the modes of its files (sshd logs which)';

/** Writes the node's own host keys for ssh to compare with. @returns why that is not possible, or null */
export function writeNodeHosts(kit: Kit): string | null {
  const { hostKeyDir, nodeHosts } = kit.places;
  const lines = ownHostKeys(hostKeyDir).map((key) => `${NODE_ALIAS} ${key}\n`);
  if (lines.length === 0)
    return `this node has no SSH host keys: '${join(hostKeyDir, 'ssh_host_*_key.pub')}' are missing`;
  try {
    const text = lines.join('');
    if (readIfThere(nodeHosts) !== text) replaceFile(nodeHosts, text, { uid: kit.host.uid, gid: 0, mode: 0o600 });
    return null;
  } catch (error) {
    return `cannot write '${nodeHosts}': ${error instanceof Error ? error.message : String(error)}`;
  }
}

/**
 * Logs in at `host:port`.
 * @param where how messages name that place
 */
export function logIn(
  kit: Kit,
  ssh: string,
  tunnel: TunnelConfig,
  bootId: string,
  at: { readonly host: string; readonly port: number },
  where: string,
  limitMs: number,
): LoginReading {
  const places = { ssh, knownHosts: kit.places.nodeHosts, identity: tunnel.selfcheckKey };
  if (readIfThere(tunnel.selfcheckKey) === null) {
    return {
      kind: 'failed',
      why: `the self-check key '${tunnel.selfcheckKey}' is missing: run 'lifeboot tunnel setup'`,
    };
  }
  const connectSeconds = Math.max(1, Math.floor(limitMs / 1000));
  const ended = tryProgram(loginCommand(places, tunnel.selfcheckUser, at, connectSeconds), { timeoutMs: limitMs });
  const reading = readLogin(ended, bootId, tunnel.selfcheckUser, where);
  if (reading.kind !== 'keyRefused') return reading;
  const account = describeAccount(tunnel.selfcheckUser);
  return { ...reading, why: `${reading.why}: ${account ?? ELSEWHERE}` };
}

function ownHostKeys(directory: string): readonly string[] {
  try {
    const files = readdirSync(directory).filter((name) => /^ssh_host_.+_key\.pub$/.test(name));
    const keys = files.map((name) => /^(\S+ \S+)/.exec(readIfThere(join(directory, name)) ?? '')?.[1]);
    return keys.filter((key) => key !== undefined);
  } catch {
    return [];
  }
}
