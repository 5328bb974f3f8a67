/**
 * What is known of a day: where in the log something was acknowledged, and which slot each boot entered.
 *
 * Pure, and kept as JSON beside the log, so that a day that was recorded once can be replayed again.
 */
import type { BootState } from '../../../src/core/state/state.ts';

export type Expectation =
  /** A command had returned: the slot is first in the order. */
  | { readonly is: 'first'; readonly slot: string }
  | { readonly is: 'oneShot'; readonly slot: string }
  | { readonly is: 'bad'; readonly slot: string }
  /** An operator had seen it proven. */
  | { readonly is: 'proven'; readonly slot: string; readonly bootId: string };

export interface Acknowledged {
  /** So many requests were in the log when it was heard. */
  readonly entries: number;
  readonly expectation: Expectation;
}

export interface StartedBoot {
  /** So many requests were in the log when the machine was switched on. */
  readonly entries: number;
  /** What its console said it chose; null: it never came so far. */
  readonly chosen: string | null;
}

export interface Day {
  readonly acknowledged: readonly Acknowledged[];
  readonly boots: readonly StartedBoot[];
}

/** @returns what is missing in the state, or null */
export function whatIsMissing(state: BootState, expectation: Expectation): string | null {
  const { is, slot } = expectation;
  switch (is) {
    case 'first':
      return state.order[0] === slot ? null : `slot ${slot} is not first`;
    case 'oneShot':
      return state.oneShot === slot ? null : `slot ${slot} is not chosen for one boot`;
    case 'bad':
      return state.slots[slot]?.health === 'bad' ? null : `slot ${slot} is not bad`;
    case 'proven': {
      const isThere = state.history.some(
        ({ bootId, outcome }) => bootId === expectation.bootId && outcome === 'proven',
      );
      return isThere && state.slots[slot]?.health === 'good' ? null : `the proof of boot ${expectation.bootId} is gone`;
    }
    default:
      return is satisfies never;
  }
}
