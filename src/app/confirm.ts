/**
 * `lifeboot confirm`: is this boot reachable? Looks once, or waits for the proof and gives the verdict.
 *
 * Effects through the ports. Invariants: nothing is judged but the running boot; a verdict is in the state before the
 * reboot that follows from it; a node that is proven is never rebooted for a record that cannot be written.
 */
import { excuseYoung } from '../core/boot/lasting.ts';
import type { Config } from '../core/config/config.ts';
import { BootError, describeError } from '../core/errors.ts';
import type { RunningBoot } from '../core/judge/running-boot.ts';
import type { CheckResult, TunnelSample } from '../core/judge/sample.ts';
import { refundCleanReboot } from '../core/judge/verdict.ts';
import type { Health, SlotName } from '../core/slot.ts';
import { waitForProof } from './await-proof.ts';
import { comeAlive } from './come-alive.ts';
import { giveVerdict, markThisProven, type Sentence } from './give-verdict.ts';
import type { BootInfo, Ports, VerdictFile } from './ports.ts';
import { readState } from './read-state.ts';
import { recordBoot, recordedHealth } from './record-boot.ts';
import { findRunningBoot } from './running-boot.ts';
import { withStateSettings } from './state-settings.ts';

/** What one look has shown. */
export interface ConfirmLook {
  readonly bootId: string;
  readonly slot: SlotName | null;
  /** This boot's verdict, when it has one already. */
  readonly verdict: VerdictFile | null;
  readonly checks: readonly CheckResult[];
  readonly sample: TunnelSample;
}

/**
 * `confirm`: looks once and writes nothing.
 * @throws BootError UNAVAILABLE when lifeboot did not boot this system, CONFIG without a `[tunnel]`
 */
export function confirmOnce(ports: Ports): ConfirmLook {
  const { config } = ports.config.load();
  const { bootId, slot } = requireThisBoot(ports);
  const verdict = ports.run.readVerdict();
  const sample = ports.tunnel.sample(requireTunnel(config), bootId);
  return { bootId, slot, verdict, checks: ports.checks.run(), sample };
}

/**
 * `confirm --wait`: local checks, then the tunnel until it is held or the deadline has passed, then the verdict.
 * @throws BootError UNAVAILABLE; BAD_DATA, STATE_IO: proven, and the verdict file is there, but the record could not be written
 */
export function confirmWait(ports: Ports): Sentence {
  const fromFile = ports.config.load();
  const loaded = withStateSettings(ports, fromFile, readState(ports, fromFile.config));
  for (const problem of loaded.problems) ports.log.warn(`${problem}, ignoring`);
  const { config } = loaded;
  const info = requireThisBoot(ports);
  const given = ports.run.readVerdict();
  if (given !== null) return { ...named(info), kind: 'given', verdict: given };
  const boot = findRunningBoot(ports);
  const health = boot === null ? null : healthOf(ports, config, boot);
  const subject = { ...named(info), boot, health, config };
  const failed = comeAlive(ports, subject);
  if (failed !== null && health === 'trial') return giveVerdict(ports, subject, { outcome: 'failed', reason: failed });
  const end = waitForProof(ports, config, info.bootId);
  switch (end.kind) {
    case 'given':
      return { ...named(info), kind: 'given', verdict: end.verdict };
    case 'proven':
      return markThisProven(ports, subject, end.level, end.notes);
    case 'unproven':
      return giveVerdict(ports, subject, failed === null ? end : failedToo(failed, end.reason));
    default:
      return end satisfies never;
  }
}

/**
 * A record of another boot (replaced, restored, an older one after a bad block) cannot be judged by, but it is no reason
 * to leave a reachable node to the deadline: the tunnel is looked at all the same.
 */
function healthOf(ports: Ports, config: Config, boot: RunningBoot): Health | null {
  try {
    return recordedHealth(ports, config, boot);
  } catch (error) {
    ports.log.warn(`${describeError(error)}; this boot is proven without its record`);
    return null;
  }
}

/**
 * `confirm --stopped`: the system goes down because someone asked it to. Gives the attempt back when there is no verdict yet,
 * and lets a proof that is minutes old stand.
 * @returns whether anything was written
 */
export function confirmStopped(ports: Ports): boolean {
  const boot = findRunningBoot(ports);
  if (boot === null) return false;
  const isJudged = ports.run.readVerdict() !== null;
  return recordBoot(ports, ports.config.load().config, boot, (state) =>
    excuseYoung(isJudged ? state : refundCleanReboot(state, boot)),
  );
}

/**
 * `proof BOOTID`: an operator who came in through the tunnel says so; the boot is proven at level `remote`, and the ladder
 * leaves the node to them for a while.
 * @throws BootError NOT_PERMITTED, REFUSED when this is another boot, and those of markThisProven
 */
export function proveRemotely(ports: Ports, nonce: string): Sentence {
  const info = requireThisBoot(ports);
  if (nonce !== info.bootId) {
    throw new BootError('REFUSED', `this is boot '${info.bootId}', not '${nonce}'`, {
      hint: "the node rebooted since, or this is another node; 'lifeboot status --json' shows booted.bootId",
    });
  }
  if (!ports.machine.isRoot()) throw new BootError('NOT_PERMITTED', "only root may record a proof: 'lifeboot proof'");
  const boot = findRunningBoot(ports);
  const subject = { ...named(info), boot, health: null, config: ports.config.load().config };
  try {
    return markThisProven(ports, subject, 'remote', []);
  } finally {
    noteVisit(ports);
  }
}

/** A full /run must not keep a proof from being recorded. */
function noteVisit(ports: Ports): void {
  try {
    ports.run.writeVisit(ports.machine.uptimeSeconds());
  } catch (error) {
    ports.log.warn(`the ladder does not know of this visit: ${describeError(error)}, ignoring`);
  }
}

function failedToo(failed: string, reason: string): { readonly outcome: 'failed'; readonly reason: string } {
  return { outcome: 'failed', reason: `${failed}; and ${reason}` };
}

function named({ bootId, slot }: BootInfo): { readonly bootId: string; readonly slot: SlotName | null } {
  return { bootId, slot };
}

/** @returns the facts of this boot, and of no other */
function requireThisBoot(ports: Ports): BootInfo {
  const info = ports.run.readBootInfo();
  if (info === null) {
    throw new BootError('UNAVAILABLE', 'lifeboot did not boot this system, so there is nothing to confirm', {
      hint: "'lifeboot tunnel check' looks at the tunnel alone",
    });
  }
  const bootId = ports.machine.bootId();
  if (info.bootId === bootId) return info;
  throw new BootError('BAD_DATA', `boot.json tells of boot '${info.bootId}', but this is boot '${bootId}'`);
}

function requireTunnel(config: Config): NonNullable<Config['tunnel']> {
  if (config.tunnel !== null) return config.tunnel;
  throw new BootError('CONFIG', 'the configuration has no [tunnel], and only the tunnel can prove a boot');
}
