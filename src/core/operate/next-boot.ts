/**
 * What the next boot would do, from the records alone.
 *
 * Pure: the same planBoot that the boot runs, without a look at the devices, so it costs nothing and mounts nothing. The
 * system is asked to go down for it, so it is not held against the running boot that it ends.
 */

import { excuseYoung } from '../boot/lasting.ts';
import { planBoot } from '../boot/plan-boot.ts';
import type { BootPlan } from '../boot/step.ts';
import type { Config } from '../config/config.ts';
import type { SlotName } from '../slot.ts';
import type { StateReading } from '../state/reading.ts';

/** A boot id that no kernel gives out: the next boot's is not known yet. */
const NEXT_BOOT_ID = '0'.repeat(32);

export interface NextBoot {
  readonly config: Config;
  readonly state: StateReading;
  readonly forcedSlot: SlotName | null;
  readonly notes: readonly string[];
}

export function planNextBoot({ config, state, forcedSlot, notes }: NextBoot): BootPlan {
  return planBoot({
    config,
    forcedSlot,
    state: state.kind === 'valid' ? { ...state, state: excuseYoung(state.state) } : state,
    stateUnwritable: null,
    bootId: NEXT_BOOT_ID,
    now: null,
    bases: {},
    failures: [],
    evidence: null,
    notes,
  });
}
