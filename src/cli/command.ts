/**
 * A command line that was understood: one arm per verb, with only what that verb takes.
 *
 * Types only.
 */
import type { PackageManager } from '../core/config/config.ts';
import type { ResetLevel } from '../core/reset/reset-action.ts';
import type { SlotName } from '../core/slot.ts';
import type { Snapshot } from '../core/store/snapshot.ts';
import type { VerbName } from './verb-specs.ts';

export type StateCommand =
  | {
      readonly verb: 'state';
      readonly action: 'init';
      readonly good: SlotName | null;
      readonly force: boolean;
      readonly dryRun: boolean;
    }
  | { readonly verb: 'state'; readonly action: 'show'; readonly json: boolean }
  | {
      readonly verb: 'state';
      readonly action: 'set';
      readonly key: string;
      readonly value: string;
      readonly dryRun: boolean;
    }
  | { readonly verb: 'state'; readonly action: 'upgrade'; readonly dryRun: boolean }
  | {
      readonly verb: 'state';
      readonly action: 'export' | 'import';
      readonly format: string | null;
      readonly file: string | null;
    };

export type MarkCommand =
  | {
      readonly verb: 'mark';
      readonly health: 'good';
      readonly slot: SlotName | null;
      readonly normal: boolean;
      readonly dryRun: boolean;
    }
  | {
      readonly verb: 'mark';
      readonly health: 'bad';
      readonly slot: SlotName | null;
      readonly reason: string | null;
      readonly dryRun: boolean;
    };

export type RescueCommand =
  | { readonly verb: 'rescue'; readonly action: 'status'; readonly json: boolean }
  | { readonly verb: 'rescue'; readonly action: 'retry'; readonly slot: SlotName; readonly dryRun: boolean }
  | { readonly verb: 'rescue'; readonly action: 'repair' | 'command' };

export type RepairCommand =
  | {
      readonly verb: 'repair';
      readonly action: 'examine';
      /** null: those that a fallback left behind, and what the configuration says about them. */
      readonly slot: SlotName | null;
      /** Keep the finding in the boot state. */
      readonly keep: boolean;
      readonly json: boolean;
      readonly dryRun: boolean;
    }
  | {
      readonly verb: 'repair';
      readonly action: 'write';
      readonly slot: SlotName;
      readonly from: string;
      readonly dryRun: boolean;
    };

export type SnapshotCommand =
  | { readonly verb: 'snapshot'; readonly action: 'take'; readonly description: string; readonly dryRun: boolean }
  | { readonly verb: 'snapshot'; readonly action: 'cancel'; readonly dryRun: boolean }
  | {
      readonly verb: 'snapshot';
      readonly action: 'delete';
      /** Kept snapshots; none: the slot that does not run. */
      readonly numbers: readonly number[];
      readonly dryRun: boolean;
    }
  | {
      readonly verb: 'snapshot';
      readonly action: 'set-writable' | 'set-boot';
      readonly slot: SlotName;
      readonly dryRun: boolean;
    }
  | { readonly verb: 'snapshot'; readonly action: 'list'; readonly json: boolean }
  | { readonly verb: 'snapshot'; readonly action: 'query'; readonly verify: boolean; readonly json: boolean };

export interface RunCommand {
  readonly verb: 'run';
  /** null: a shell. */
  readonly command: readonly string[] | null;
  readonly isContinued: boolean;
  readonly dropIfUnchanged: boolean;
  readonly reboot: boolean;
  /** All layers become one. */
  readonly isFull: boolean;
  readonly description: string | null;
  readonly dryRun: boolean;
}

export type StoreCommand =
  | { readonly verb: 'store'; readonly action: 'list'; readonly json: boolean }
  | { readonly verb: 'store'; readonly action: 'verify'; readonly isAll: boolean; readonly json: boolean }
  | {
      readonly verb: 'store';
      readonly action: 'compact';
      /** A slot, or a snapshot as `s12`; null: every slot. */
      readonly name: SlotName | null;
      readonly isAll: boolean;
      readonly dryRun: boolean;
    }
  | { readonly verb: 'store'; readonly action: 'clean'; readonly dryRun: boolean };

export type FactoryResetCommand = { readonly verb: 'factory-reset'; readonly dryRun: boolean } & (
  | { readonly level: ResetLevel; readonly forgetIdentity: boolean }
  | { readonly level: 'undo' }
);

export interface KeepCommand {
  readonly verb: 'keep';
  /** null: what runs. */
  readonly of: SlotName | null;
  readonly type: Snapshot['type'];
  readonly preNumber: number | null;
  readonly description: string;
  readonly userData: Readonly<Record<string, string>>;
  readonly cleanup: Snapshot['cleanup'];
  readonly pinned: boolean;
  /** Only where the configuration asks for it; null: in any case. */
  readonly hook: PackageManager | null;
  readonly printNumber: boolean;
  readonly dryRun: boolean;
}

/** What is looked at: a slot, a kept snapshot as `s12`, or `running`. */
export type Shown = SlotName;

export type KeptCommand =
  | KeepCommand
  | { readonly verb: 'pin' | 'unpin'; readonly numbers: readonly number[]; readonly dryRun: boolean }
  | { readonly verb: 'cleanup'; readonly dryRun: boolean }
  | {
      readonly verb: 'diff';
      readonly from: Shown;
      readonly to: Shown;
      /** None: all. */
      readonly paths: readonly string[];
      readonly content: boolean;
      readonly json: boolean;
    }
  | {
      readonly verb: 'undo';
      readonly from: Shown;
      readonly to: Shown;
      readonly paths: readonly string[];
      readonly force: boolean;
      readonly dryRun: boolean;
    }
  | { readonly verb: 'packages'; readonly of: Shown; readonly name: string | null; readonly json: boolean };

export type TunnelAction = 'run' | 'check' | 'setup';

/** A command that needs the machine. */
export type Command =
  | { readonly verb: 'status' | 'why' | 'plan' | 'log' | 'doctor' | 'check'; readonly json: boolean }
  | { readonly verb: 'switch'; readonly slot: SlotName; readonly once: boolean; readonly dryRun: boolean }
  | { readonly verb: 'rollback'; readonly dryRun: boolean }
  | MarkCommand
  | { readonly verb: 'reset-attempts'; readonly slot: SlotName | null; readonly dryRun: boolean }
  | { readonly verb: 'confirm'; readonly wait: boolean; readonly stopped: boolean; readonly dryRun: boolean }
  | { readonly verb: 'tend'; readonly json: boolean; readonly dryRun: boolean }
  | { readonly verb: 'tunnel'; readonly action: TunnelAction; readonly json: boolean; readonly dryRun: boolean }
  | { readonly verb: 'proof'; readonly nonce: string | null; readonly dryRun: boolean }
  | StateCommand
  | RepairCommand
  | RescueCommand
  | SnapshotCommand
  | RunCommand
  | StoreCommand
  | FactoryResetCommand
  | { readonly verb: 'drift'; readonly json: boolean }
  | { readonly verb: 'etc-diff'; readonly slot: SlotName | null; readonly json: boolean }
  | KeptCommand
  | { readonly verb: 'install'; readonly image: string; readonly slot: SlotName | null; readonly dryRun: boolean }
  | { readonly verb: 'boot'; readonly root: string; readonly dryRun: boolean }
  | { readonly verb: 'bootctl'; readonly words: readonly string[] };

/** What the arguments ask for. `help` and `version` are answered without looking at the machine. */
export type Request =
  | { readonly ask: 'help'; readonly topic: VerbName | null }
  | { readonly ask: 'version' }
  | {
      readonly ask: 'run';
      readonly command: Command;
      readonly configFile: string | null;
      readonly statePath: string | null;
    };
