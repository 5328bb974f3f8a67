/**
 * One look at the tunnel: the server answers through the master, and this node's sshd lets a login in.
 *
 * Runs ssh, within one limit for all of it. Invariant: only answers count. A socket that exists, an exit code and an
 * established connection are never evidence (DESIGN section 6).
 */
import { existsSync } from 'node:fs';
import type { TunnelConfig } from '../../core/config/config.ts';
import type { TunnelSample } from '../../core/judge/sample.ts';
import { checkTunnel, forwardProbe } from '../../core/ssh/ssh-command.ts';
import { type Forward, parseForward } from '../../core/ssh/ssh-forward.ts';
import { readProbe } from '../../core/ssh/ssh-outcome.ts';
import { tryProgram } from '../exec.ts';
import { requireProgram } from './find-program.ts';
import { Budget, type Kit } from './kit.ts';
import { lookThroughLoop } from './loop.ts';
import { logIn, writeNodeHosts } from './near-end.ts';
import { whyNoMaster, whySilent } from './why-no-master.ts';

const unproven = (why: string): TunnelSample => ({ kind: 'unproven', why });

/** @throws BootError CONFIG or UNAVAILABLE when there is nothing to look with */
export function sampleTunnel(kit: Kit, tunnel: TunnelConfig, bootId: string): TunnelSample {
  checkTunnel(tunnel);
  const ssh = requireProgram('ssh', kit.host.env['PATH']);
  const forward = parseForward(tunnel.forward);
  const budget = new Budget(kit, kit.limits.totalMs);
  const trouble = probeForward(kit, ssh, tunnel, budget) ?? nodeTrouble(kit);
  if (trouble !== null) return trouble;
  if (tunnel.proof !== 'forward') {
    const loop = lookThroughLoop(kit, ssh, tunnel, forward, bootId, budget);
    if (loop.kind === 'proven') return asked(tunnel, 'loop', loop.notes);
    const near = logInHere(kit, ssh, tunnel, forward, bootId, budget);
    if (near !== null) return unproven(near);
    if (loop.kind === 'failed') return unproven(`the way back through the tunnel: ${loop.why}`);
    return asked(tunnel, 'forward', [`proof level 'forward' instead of 'loop': ${loop.why}`]);
  }
  const near = logInHere(kit, ssh, tunnel, forward, bootId, budget);
  return near === null ? asked(tunnel, 'forward', []) : unproven(near);
}

/** @returns null when the server itself answered */
function probeForward(kit: Kit, ssh: string, tunnel: TunnelConfig, budget: Budget): TunnelSample | null {
  if (!existsSync(kit.places.control)) return noMaster(kit);
  const ended = tryProgram(forwardProbe(ssh, kit.places.control), { timeoutMs: budget.take(kit.limits.probeMs) });
  const probe = readProbe(ended);
  switch (probe.kind) {
    case 'answered':
      return null;
    case 'noMaster':
      return noMaster(kit);
    case 'silent':
      return unproven(`${whySilent(kit.places, tunnel.port)} (nothing within ${kit.limits.probeMs / 1000} s)`);
    case 'unclear':
      return unproven(`the channel through the master failed: ${probe.why}`);
    default:
      return probe satisfies never;
  }
}

function noMaster(kit: Kit): TunnelSample {
  const { kind, why } = whyNoMaster(kit.places);
  return { kind: kind === 'broken' ? 'unproven' : kind, why };
}

function nodeTrouble(kit: Kit): TunnelSample | null {
  const why = writeNodeHosts(kit);
  return why === null ? null : unproven(why);
}

/** The direct login. @returns what is wrong, or null */
function logInHere(
  kit: Kit,
  ssh: string,
  tunnel: TunnelConfig,
  { target }: Forward,
  bootId: string,
  budget: Budget,
): string | null {
  const where = `${target.host} port ${target.port}`;
  const reading = logIn(kit, ssh, tunnel, bootId, target, where, budget.take());
  return reading.kind === 'proven' ? null : reading.why;
}

/** With `proof = "remote"` only an operator who came in (`lifeboot proof BOOTID`) proves the boot. */
function asked(tunnel: TunnelConfig, level: 'forward' | 'loop', notes: readonly string[]): TunnelSample {
  if (tunnel.proof !== 'remote') return { kind: 'proven', level, notes };
  return unproven(`the tunnel answers at level '${level}'; nobody came in yet to run 'lifeboot proof'`);
}
