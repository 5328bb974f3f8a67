/**
 * What one look at the tunnel, or at the local checks, has shown.
 *
 * Pure types. `busy` and `clock` are never evidence against a slot: see `verdict.ts`.
 */
import type { ProofLevel } from '../slot.ts';

export type TunnelSample =
  | { readonly kind: 'proven'; readonly level: Exclude<ProofLevel, 'manual'>; readonly notes: readonly string[] }
  /** The tunnel or the near end did not answer as it should. */
  | { readonly kind: 'unproven'; readonly why: string }
  /** The server authenticated us and refused the forward: an older connection still holds it. */
  | { readonly kind: 'busy'; readonly why: string }
  /** A host certificate was refused for its dates alone. */
  | { readonly kind: 'clock'; readonly why: string };

/** The result of one executable in `check.d/`. */
export interface CheckResult {
  readonly name: string;
  readonly required: boolean;
  readonly passed: boolean;
  /** The last line the check printed, or why it could not be run. */
  readonly why: string | null;
  readonly seconds: number;
}
