/**
 * Kept snapshots in the boot state: each that may be booted is a slot `s<number>` of its own, so that what is counted,
 * proven and judged of a slot is so of a snapshot.
 *
 * Pure. Invariant: only a few are in the state, which has little room; the store has all of them.
 */
import type { Config, SlotConfig } from '../config/config.ts';
import type { ProofLevel, SlotName } from '../slot.ts';
import { type BootState, type Deployment, EMPTY_SLOT, withSlot } from '../state/state.ts';
import { snapshotNumber, snapshotSlot } from '../store/snapshot-name.ts';

/** Proven ones that the boot may fall back to; older ones are still in the store. */
export const BOOTABLE_SNAPSHOTS = 4;

/** The configuration with a slot for each snapshot that the state knows: on the base of the slot that it was taken of. */
export function withSnapshots(config: Config, state: BootState): Config {
  const slots = Object.entries(state.slots).flatMap(
    ([name, { snapshotOf }]): readonly (readonly [string, SlotConfig])[] => {
      const of =
        snapshotOf === undefined || !Object.hasOwn(config.slots, snapshotOf) ? undefined : config.slots[snapshotOf];
      return of === undefined || snapshotNumber(name) === null ? [] : [[name, { ...of, role: 'snapshot' }]];
    },
  );
  return slots.length === 0 ? config : { ...config, slots: { ...config.slots, ...Object.fromEntries(slots) } };
}

/** Those that were once proven, the newest proof first. */
export function provenSnapshots(state: BootState): readonly SlotName[] {
  const provenAt = (name: SlotName): string => state.slots[name]?.provenAt ?? '';
  return Object.keys(state.slots)
    .filter((name) => {
      const slot = state.slots[name];
      return slot?.snapshotOf !== undefined && slot.provenId !== null && slot.provenId === slot.deployment?.id;
    })
    .toSorted((left, right) => provenAt(right).localeCompare(provenAt(left)) || numberOf(right) - numberOf(left));
}

function numberOf(name: SlotName): number {
  return snapshotNumber(name) ?? 0;
}

export interface SnapshotRecord {
  readonly number: number;
  readonly slot: SlotName;
  readonly deployment: Deployment;
  /** The proof of the deployment; null: it was never proven. */
  readonly proof: { readonly at: string | null; readonly level: ProofLevel | null } | null;
}

/** The state with a snapshot that can be booted; the oldest proven ones, and those never proven, make room. */
export function recordSnapshot(state: BootState, { number, slot, deployment, proof }: SnapshotRecord): BootState {
  const name = snapshotSlot(number);
  if (state.slots[name]?.deployment?.id === deployment.id) return state;
  const proven = { provenId: deployment.id, provenAt: proof?.at ?? null, proofLevel: proof?.level ?? null };
  const recorded = withSlot(state, name, {
    ...EMPTY_SLOT,
    deployment,
    snapshotOf: slot,
    ...(proof === null ? {} : { ...proven, health: 'good', best: 'proven' }),
  });
  const once = provenSnapshots(recorded);
  // What was never proven is there because somebody once chose it.
  const others = Object.keys(recorded.slots).filter((each) => snapshotNumber(each) !== null && !once.includes(each));
  return [...once.slice(BOOTABLE_SNAPSHOTS), ...others]
    .filter((old) => old !== name && !isWanted(recorded, old))
    .reduce(forgetSnapshot, recorded);
}

/** Whether somebody has chosen it, or it runs. */
function isWanted(state: BootState, name: SlotName): boolean {
  return state.order.includes(name) || state.oneShot === name || state.current?.slot === name;
}

export function forgetSnapshot(state: BootState, name: SlotName): BootState {
  if (state.slots[name]?.snapshotOf === undefined) return state;
  const slots = Object.fromEntries(Object.entries(state.slots).filter(([each]) => each !== name));
  const order = state.order.filter((each) => each !== name);
  return { ...state, slots, order, oneShot: state.oneShot === name ? null : state.oneShot };
}
