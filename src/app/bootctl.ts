/**
 * AOSP's boot control calls on top of the boot state: the numbers are slots, the words are AOSP's.
 *
 * Effects: those of `switch` and `mark`. Source of the verbs and their meaning: AOSP's bootctl and its boot HAL 1.2.
 */
import { isBootable } from '../core/boot/limits.ts';
import type { Config } from '../core/config/config.ts';
import { BootError } from '../core/errors.ts';
import { settleEdit } from '../core/operate/edit.ts';
import { planNextBoot } from '../core/operate/next-boot.ts';
import { listNumberedSlots, MERGE_STATUSES, type MergeStatus } from '../core/operate/slot-numbers.ts';
import type { SlotName } from '../core/slot.ts';
import type { BootState, SlotState } from '../core/state/state.ts';
import { editState, readUsableState } from './edit-state.ts';
import { markBad, markGood } from './mark.ts';
import type { Ports } from './ports.ts';
import { switchSlot } from './switch.ts';

/** @throws BootError UNAVAILABLE when none of the numbered slots is running */
export function getCurrentSlot(ports: Ports): number {
  const slot = ports.run.readBootInfo()?.slot ?? null;
  const number = slot === null ? -1 : listNumberedSlots(ports.config.load().config).indexOf(slot);
  if (number >= 0) return number;
  throw new BootError('UNAVAILABLE', slot === null ? 'no slot is running' : `slot '${slot}' has no number`);
}

/** The slot that the next boot enters; where that is none of the numbered ones, the first of them in the order. */
export function getActiveBootSlot(ports: Ports): number {
  const { config, forcedSlot } = ports.config.load();
  const state = readUsableState(ports.openState(config));
  const reading = { kind: 'valid', state, sequence: 0n, record: 0, note: null } as const;
  const next = planNextBoot({ config, state: reading, forcedSlot, notes: [] }).slot;
  const numbered = listNumberedSlots(config);
  const slot = [next, ...state.order].find((name) => name !== null && numbered.includes(name));
  return slot === undefined || slot === null ? 0 : numbered.indexOf(slot);
}

export function markBootSuccessful(ports: Ports): void {
  markGood(ports, { slot: null, normal: false, dryRun: false });
}

/** @throws BootError UNAVAILABLE when there is no such slot */
export function setActiveBootSlot(ports: Ports, number: number): void {
  switchSlot(ports, { slot: nameOf(ports, number), once: false, dryRun: false });
}

/** @throws BootError UNAVAILABLE when there is no such slot */
export function setSlotAsUnbootable(ports: Ports, number: number): void {
  markBad(ports, { slot: nameOf(ports, number), reason: 'set as unbootable by bootctl', dryRun: false });
}

/** @throws BootError UNAVAILABLE when there is no such slot */
export function isSlotBootable(ports: Ports, number: number): boolean {
  return ask(ports, number, (slot, config, state) => isBootable(slot, config, state));
}

/** @throws BootError UNAVAILABLE when there is no such slot */
export function isSlotMarkedSuccessful(ports: Ports, number: number): boolean {
  return ask(ports, number, (slot) => slot.health === 'good');
}

export function setSnapshotMergeStatus(ports: Ports, mergeStatus: MergeStatus): void {
  editState(ports, { dryRun: false }, (state) => settleEdit(state, { ...state, mergeStatus }, []));
}

export function getSnapshotMergeStatus(ports: Ports): MergeStatus {
  const { mergeStatus } = readUsableState(ports.openState(ports.config.load().config));
  return MERGE_STATUSES.find((status) => status === mergeStatus) ?? 'none';
}

function ask(
  ports: Ports,
  number: number,
  answer: (slot: SlotState, config: Config, state: BootState) => boolean,
): boolean {
  const name = nameOf(ports, number);
  const { config } = ports.config.load();
  const state = readUsableState(ports.openState(config));
  const slot = state.slots[name];
  return slot !== undefined && answer(slot, config, state);
}

function nameOf(ports: Ports, number: number): SlotName {
  const name = listNumberedSlots(ports.config.load().config)[number];
  if (name === undefined) throw new BootError('UNAVAILABLE', `there is no slot ${number}`);
  return name;
}
