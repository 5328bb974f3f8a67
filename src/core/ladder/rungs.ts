/**
 * The rungs of the recovery ladder, mildest first, and what of it must survive a reboot.
 *
 * Pure types and words. They are spelled in the boot state and in `[tend]` exactly as they are spelled here.
 */
import type { SlotName } from '../slot.ts';

/** What `tend` tries when the tunnel stays away, in this order. */
export const RUNGS = ['tunnel', 'network', 'reboot', 'clean', 'other', 'recovery', 'snapshot', 'rescue'] as const;
export type Rung = (typeof RUNGS)[number];

/** What a boot that the ladder asked for is for; `return`: a round is over, back to the slot that proved itself last. */
export const PURPOSES = [...RUNGS, 'return'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** A boot that the ladder asked for; it is taken in the same write as its attempt. */
export interface LadderBoot {
  readonly purpose: Purpose;
  /** Null: rescue. */
  readonly slot: SlotName | null;
  /** Without the slot's upper and persistent directories; else in the slot's own mode. */
  readonly clean: boolean;
}

/** What `tend` has done since the tunnel was last proven. Nothing of it is written while the tunnel works. */
export interface Ladder {
  /** Full rounds that brought no tunnel: each doubles the pause before the next. */
  readonly round: number;
  /** The rungs taken in this round, one entry for each time. */
  readonly taken: readonly Rung[];
  /** The slots that the ladder has sent the node to, over all rounds. */
  readonly slots: readonly SlotName[];
  /** The slots that had a clean boot, over all rounds. */
  readonly clean: readonly SlotName[];
  readonly next: LadderBoot | null;
}

export const NO_LADDER: Ladder = { round: 0, taken: [], slots: [], clean: [], next: null };
