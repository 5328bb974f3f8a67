/**
 * The proofs of kept snapshots: a boot's is in the boot state, which has room for a few; the snapshot's file has it for good.
 *
 * Pure.
 */
import type { BootState } from '../state/state.ts';
import type { Snapshot } from './snapshot.ts';
import { snapshotSlot } from './snapshot-name.ts';

/** @returns those whose file does not yet say what the boot state knows, as they should be */
export function renewProofs(state: BootState, snapshots: readonly Snapshot[]): readonly Snapshot[] {
  return snapshots.flatMap((snapshot) => {
    const slot = state.slots[snapshotSlot(snapshot.number)];
    if (slot === undefined || slot.health !== 'good' || slot.provenId !== snapshot.deployment) return [];
    const { provenAt: at, proofLevel: level } = slot;
    const isKnown = snapshot.proof !== null && snapshot.proof.at === at && snapshot.proof.level === level;
    return isKnown ? [] : [{ ...snapshot, proof: { at, level } }];
  });
}

/** The one whose proof is the newest; null: none was proven. */
export function newestProven(state: BootState, snapshots: readonly Snapshot[]): number | null {
  const renewed = new Map(renewProofs(state, snapshots).map((each) => [each.number, each]));
  const proven = snapshots.map((each) => renewed.get(each.number) ?? each).filter(({ proof }) => proof !== null);
  const [newest] = proven.toSorted(
    (one, other) => (other.proof?.at ?? '').localeCompare(one.proof?.at ?? '') || other.number - one.number,
  );
  return newest?.number ?? null;
}
