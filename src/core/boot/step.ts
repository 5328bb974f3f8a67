/**
 * The steps of a boot, as data: `planBoot` lists them, `lifeboot plan` prints them, the interpreter runs them.
 *
 * Pure types. The order within a plan is what makes it safe: see `plan-boot.ts`.
 */
import type { UpperKind } from '../config/config.ts';
import type { BaseSource } from '../root/base-source.ts';
import type { Mode, SlotName } from '../slot.ts';
import type { BootState } from '../state/state.ts';

export type Step =
  /** Find the slot's device, mount its base read-only, compute the base id. */
  | ({ readonly do: 'mountBase'; readonly slot: SlotName } & BaseSource)
  /** Make the attempt durable. `note` says in words what is saved. */
  | { readonly do: 'saveState'; readonly state: BootState; readonly note: string }
  /** Open the store and mount the layers of the slot. A clean boot may do without them. */
  | { readonly do: 'mountLayers'; readonly slot: SlotName; readonly clean: boolean }
  /** Carry out a pending factory reset. `proven`: uppers of good slots, whose identity files are newer than any copy. */
  | { readonly do: 'resetData'; readonly action: string; readonly proven: readonly string[] }
  /**
   * Mount or make the writable layer; what is missing or broken becomes tmpfs, and degraded. `upperId` is of slot and
   * base: two slots with the same image must not share an upper, or a trial would write what the proven slot boots with.
   * null: an OSTree deployment, which keeps what is changed in its own `/etc` and in the `/var` of its stateroot.
   */
  | {
      readonly do: 'mountUpper';
      readonly slot: SlotName;
      readonly kind: UpperKind;
      readonly upperId: string | null;
      /** Uppers whose changes to `/etc` a new one begins with: the first that is there. Absent: it begins empty. */
      readonly carry?: readonly string[];
    }
  /** Put base and upper together and read the result back. */
  | { readonly do: 'assembleRoot'; readonly slot: SlotName }
  /** Bind the persistent directories past the overlay. */
  | { readonly do: 'bindPersistent'; readonly paths: readonly string[] }
  /** Bring the identity files into the root. */
  | { readonly do: 'placeIdentity'; readonly files: readonly string[] }
  /** The root has an init that can be executed, and its files can be read. */
  | { readonly do: 'checkRoot'; readonly slot: SlotName; readonly init: string | null }
  /** Leave the deadline in /run/systemd, so that no slot content can wait for a hand. */
  | { readonly do: 'setDeadline'; readonly seconds: number }
  /** Write boot.json and the name of the init; the caller enters the root. */
  | { readonly do: 'handOver'; readonly slot: SlotName; readonly attempt: number | null; readonly mode: Mode }
  | { readonly do: 'reboot'; readonly reason: string }
  | { readonly do: 'enterRescue'; readonly reason: string };

export interface BootPlan {
  /** The slot that would be entered, or null: reboot or rescue. */
  readonly slot: SlotName | null;
  readonly steps: readonly Step[];
  /** Why, line by line, in words an operator can act on. */
  readonly trace: readonly string[];
}
