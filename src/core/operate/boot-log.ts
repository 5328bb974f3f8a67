/**
 * Past boots as `log --json` gives them out, newest last.
 *
 * Pure.
 */
import type { Mode, Outcome, ProofLevel, SlotName } from '../slot.ts';
import type { BootState } from '../state/state.ts';

export interface LogEntry {
  readonly bootId: string;
  readonly slot: SlotName | null;
  readonly attempt: number | null;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly startedAt: string | null;
  readonly proof: ProofLevel | null;
  readonly mode: Mode;
}

export function listBoots(state: BootState): readonly LogEntry[] {
  return state.history.map(({ bootId, slot, attempt, outcome, reason, startedAt, proof, mode }) => ({
    bootId,
    slot,
    attempt,
    outcome,
    reason,
    startedAt,
    proof,
    mode,
  }));
}
