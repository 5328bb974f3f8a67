/**
 * The ring of past boots: one record for each slot that was tried in a boot.
 *
 * Pure. A boot that fell back in place has a record for each slot, all with the same boot id.
 */
import type { SlotName } from '../slot.ts';
import { type BootRecord, type BootState, HISTORY_LENGTH } from '../state/state.ts';

/** The newest record of a slot in a boot. */
export function findRecord(state: BootState, bootId: string, slot: SlotName): BootRecord | undefined {
  return state.history.findLast((record) => record.bootId === bootId && record.slot === slot);
}

/** Adds a record, or lays `record` over the one of the same boot, slot and mode. */
export function putRecord(state: BootState, record: BootRecord): BootState {
  const at = state.history.findLastIndex(
    ({ bootId, slot, mode }) => bootId === record.bootId && slot === record.slot && mode === record.mode,
  );
  const history = at < 0 ? [...state.history, record] : state.history.with(at, { ...state.history[at], ...record });
  return { ...state, history: history.slice(-HISTORY_LENGTH) };
}

/** Lays `change` over the record of a boot and slot; without such a record nothing changes. */
export function amendRecord(state: BootState, bootId: string, slot: SlotName, change: Partial<BootRecord>): BootState {
  const record = findRecord(state, bootId, slot);
  return record === undefined ? state : putRecord(state, { ...record, ...change });
}
