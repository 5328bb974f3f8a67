/**
 * The running boot, as `/run/lifeboot/boot.json` tells of it, in the form that the judging functions take.
 *
 * Reads only.
 */
import type { RunningBoot } from '../core/judge/running-boot.ts';
import type { Ports } from './ports.ts';

/** @returns null when lifeboot did not boot this system, or when it runs without a slot (plain-shell fallback) */
export function findRunningBoot(ports: Ports): RunningBoot | null {
  const info = ports.run.readBootInfo();
  if (info === null || info.slot === null) return null;
  const { bootId, slot, attempt, mode, deploymentId, partuuid, serial, attemptSaved } = info;
  return { bootId, slot, attempt, mode, deploymentId, partuuid, serial, attemptSaved };
}
