/**
 * What a command that writes the boot state has worked out: the new state, and what an operator should know.
 *
 * Pure. Invariant: when nothing changes, `state` is the very object that came in, and nothing is written.
 */
import type { BootState } from '../state/state.ts';

export interface Edit {
  readonly state: BootState;
  readonly notes: readonly string[];
}

/** `edited`, or `before` itself when both hold the same: writing costs flash, and scripts rely on exit code 2. */
export function settleEdit(before: BootState, edited: BootState, notes: readonly string[]): Edit {
  return { state: JSON.stringify(before) === JSON.stringify(edited) ? before : edited, notes };
}
