/**
 * What the merge of `/etc` would do, for `etc-diff`.
 *
 * Pure.
 */
import { type EtcConflict, type EtcSides, mergeEtc } from '../etc/merge-etc.ts';
import type { SlotName } from '../slot.ts';

export interface EtcReport {
  readonly slot: SlotName;
  /** As configured; with `fresh` this is what `etc` would do. */
  readonly carry: 'fresh' | 'etc';
  /** Changed or made here, and carried over; below `/etc`. */
  readonly kept: readonly string[];
  /** Deleted here, and hidden in the new deployment too. */
  readonly hidden: readonly string[];
  readonly conflicts: readonly EtcConflict[];
}

export function describeEtc(slot: SlotName, carry: EtcReport['carry'], sides: EtcSides): EtcReport {
  const { actions, conflicts } = mergeEtc(sides);
  const pathsOf = (does: string) => actions.filter((action) => action.do === does).map(({ path }) => path);
  return { slot, carry, kept: pathsOf('keep').sort(), hidden: pathsOf('hide').sort(), conflicts };
}
