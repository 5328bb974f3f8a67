/**
 * The boot that is to be judged, and whether the boot state knows it.
 *
 * Pure. Invariant: nothing is judged but the slot that is really running. A verdict for another boot would be a lie
 * that the next one acts on.
 */
import { findRecord } from '../boot/history.ts';
import { BootError } from '../errors.ts';
import type { Mode, SlotName } from '../slot.ts';
import type { BootState, SlotState } from '../state/state.ts';

export interface RunningBoot {
  readonly bootId: string;
  readonly slot: SlotName;
  readonly attempt: number | null;
  readonly mode: Mode;
  /** What the boot stage found in the slot; a proof belongs to it. */
  readonly deploymentId: string | null;
  readonly partuuid: string | null;
  readonly serial: string | null;
  /** False: the boot stage could not save the attempt, so there is no record to match. */
  readonly attemptSaved: boolean;
}

/**
 * @returns the recorded slot of the running boot
 * @throws BootError BAD_DATA when the boot state tells of another boot
 */
export function requireRunning(state: BootState, boot: RunningBoot): SlotState {
  const slot = state.slots[boot.slot];
  if (slot === undefined) {
    throw new BootError('BAD_DATA', `slot '${boot.slot}' is not in the boot state`, {
      hint: "'lifeboot doctor' shows whether this is the state of another node",
    });
  }
  if (boot.attemptSaved && findRecord(state, boot.bootId, boot.slot) === undefined) {
    throw new BootError('BAD_DATA', `the boot state has no record of boot '${boot.bootId}' of slot '${boot.slot}'`, {
      hint: 'the state was replaced or restored since this boot; reboot, or judge the slot by name',
    });
  }
  return slot;
}

/** Whether the open verdict is that of `boot`. */
export function isOpen(state: BootState, boot: RunningBoot): boolean {
  return state.current !== null && state.current.bootId === boot.bootId && state.current.slot === boot.slot;
}

/** Whether this very boot was judged bad already: by a failed check, or by an operator, whose word outlives a proof. */
export function isCondemned(state: BootState, boot: RunningBoot): boolean {
  const record = findRecord(state, boot.bootId, boot.slot);
  return record?.outcome === 'failed' && state.slots[boot.slot]?.health === 'bad';
}

/** What the slot's record calls the deployment that `boot` runs: a snapshot that was taken meanwhile gave it a new id. */
export function runningDeployment(slot: SlotState, { deploymentId }: RunningBoot): string | null {
  const { deployment } = slot;
  return deployment?.sameAs !== undefined && deployment.sameAs === deploymentId ? deployment.id : deploymentId;
}
