/**
 * Everything that `planBoot` may know: gathered first, passed in, never looked up while deciding.
 *
 * Pure types. A step that fails in this boot comes back here as a fact and the plan is made again.
 */
import type { Config } from '../config/config.ts';
import type { Mode, SlotName } from '../slot.ts';
import type { StateReading } from '../state/reading.ts';
import type { Deployment } from '../state/state.ts';

/** What mounting a slot's base in this boot has shown; a slot that was not looked at yet has no entry. */
export interface FoundBase {
  /** The base alone, until its layers were looked at. */
  readonly deployment: Deployment;
  /** What the store says of the layers; absent: nobody looked, so a record that has some still holds. */
  readonly stack?: FoundStack;
  /** The block device, such as `/dev/vda2`. */
  readonly device: string;
  readonly partuuid: string | null;
  readonly serial: string | null;
  readonly removable: boolean;
  /** What an operator should know: dirty journal, two devices of one name, … */
  readonly notes: readonly string[];
  /** Those of the notes that say it may be the wrong device. */
  readonly doubts?: readonly string[];
}

/** What the store has for a slot. */
export interface FoundStack {
  /** Base and layers; the base alone where the slot has no layers. */
  readonly deployment: Deployment;
  /** The deployment that showed the same files before: its health is this one's. */
  readonly sameAs: string | null;
}

/** Why a slot cannot be booted in this boot. */
export interface SlotFailure {
  readonly slot: SlotName;
  readonly mode: Mode;
  /** The step that failed, as in {@link Step}. */
  readonly step: string;
  /** `absent`: not found in time; `content`: found, and it cannot be booted; `io`: anything else. */
  readonly kind: 'absent' | 'content' | 'io';
  readonly why: string;
}

export interface BootFacts {
  readonly config: Config;
  /** `lifeboot.slot=`: stage 0 has chosen, and only this slot's root fits the running kernel. */
  readonly forcedSlot: SlotName | null;
  readonly state: StateReading;
  /** Why the state cannot be written, or null while nothing speaks against it. */
  readonly stateUnwritable: string | null;
  readonly bootId: string;
  readonly now: string | null;
  readonly bases: Readonly<Record<SlotName, FoundBase>>;
  readonly failures: readonly SlotFailure[];
  /** What the last boot left behind: a panic record in pstore, a watchdog reset. */
  readonly evidence: string | null;
  /** Said at the head of the trace: configuration warnings, ignored settings. */
  readonly notes: readonly string[];
}
