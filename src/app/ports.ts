/**
 * What the use cases need of the machine. `platform/` implements it, tests replace what cannot happen on demand.
 *
 * Types only. Everything is synchronous: lifeboot does one thing at a time. Errors are `BootError`s.
 */

import type { FoundBase } from '../core/boot/facts.ts';
import type { Config, TunnelConfig } from '../core/config/config.ts';
import type { CheckResult, TunnelSample } from '../core/judge/sample.ts';
import type { Setting } from '../core/kernel-cmdline.ts';
import type { TendMemory } from '../core/ladder/link.ts';
import type { NetworkPort, RescueSession } from '../core/rescue/describe-rescue.ts';
import type { BaseSource } from '../core/root/base-source.ts';
import type { Mode, SlotName } from '../core/slot.ts';
import type { StateReading } from '../core/state/reading.ts';
import type { BootState } from '../core/state/state.ts';
import type { Changes } from './changes-ports.ts';
import type { Incoming } from './install-ports.ts';
import type { Heartbeat, Machine, Survey } from './machine-ports.ts';
import type { DeviceRecord, Repairs } from './repair-ports.ts';
import type { RootBuilder } from './root-ports.ts';
import type { LayerStore } from './store-ports.ts';

export type { Changes, Drift } from './changes-ports.ts';
export type { ImageAtHand, Incoming } from './install-ports.ts';
export type { Heartbeat, Machine, Survey } from './machine-ports.ts';
export type { DeviceRecord, Repairs, SlotWriter, WriteRequest } from './repair-ports.ts';
export type { DataRequest, ResetDataRequest, ResetDataResult } from './reset-ports.ts';
export type { BaseRequest, LayersRequest, RootBuilder, UpperRequest } from './root-ports.ts';
export type {
  CompareRequest,
  LayerStore,
  OnStep,
  OwnDir,
  RootDiff,
  RootSide,
  SealRequest,
  StagedRoot,
  UndoRequest,
  UpperFacts,
} from './store-ports.ts';

/** The two-record store on its medium. */
export interface StateStore {
  /** Where it is, for messages. */
  readonly place: string;
  /** Never throws: each way of failing is a kind of reading. */
  read(): StateReading;
  /**
   * Writes the record that is not the newest valid one, flushes it to the medium, reads it back and compares.
   * @throws BootError STATE_IO when it is not durable; BAD_DATA when a newer format would be overwritten
   */
  save(state: BootState): void;
}

/** `/run/lifeboot/boot.json`. */
export interface BootInfo {
  readonly bootId: string;
  readonly slot: SlotName | null;
  readonly attempt: number | null;
  readonly mode: Mode;
  /** What `mountBase` identified: the deployment that this boot's proof belongs to. */
  readonly deploymentId: string | null;
  readonly partuuid: string | null;
  readonly serial: string | null;
  /** False: the attempt is not in the state, so a proof has no record to match. */
  readonly attemptSaved: boolean;
  readonly degraded: readonly string[];
  readonly trace: readonly string[];
  readonly timingsMs: Readonly<Record<string, number>>;
  /** Pending actions that are done; absent: none. */
  readonly done?: readonly string[];
  /** The lifeboot of the initramfs; absent where that is older than this key, or shell. */
  readonly version?: string;
}

/** Why this boot's verdict is what it is; the file's existence stops the deadline. */
export interface VerdictFile {
  readonly outcome: string;
  readonly reason: string;
  readonly at: string | null;
}

/** The files under `/run/lifeboot` that carry this boot's facts. */
export interface RunFiles {
  readBootInfo(): BootInfo | null;
  writeBootInfo(info: BootInfo): void;
  /** Tells the caller in the initramfs which init to enter. */
  writeInit(path: string): void;
  readVerdict(): VerdictFile | null;
  writeVerdict(verdict: VerdictFile): void;
  /** What `tend` remembers of its looks in this boot; null: nothing yet. */
  readTend(): TendMemory | null;
  writeTend(memory: TendMemory): void;
  /** When an operator last came in and proved this boot, in seconds since the kernel started; null: nobody did. */
  readVisit(): number | null;
  writeVisit(uptimeSeconds: number): void;
  /** Extra `degraded` texts of the running system, such as a read-only data partition. */
  degraded(): readonly string[];
}

/** The reverse tunnel and its proofs. */
export interface Tunnel {
  /** One look, at most 30 s. Never throws: what went wrong is the sample. */
  sample(tunnel: TunnelConfig, bootId: string): TunnelSample;
  /** The process that is the tunnel's ssh now, by a name that no other process has in this boot; null: there is none. */
  running(): string | null;
  /** Replaces this process with ssh. @throws BootError when ssh, a key or a host key file is not usable */
  become(tunnel: TunnelConfig): never;
  /** Makes the self-check key and its authorized_keys line where they are missing. @returns what was done */
  setUp(tunnel: TunnelConfig): readonly string[];
}

export interface Checks {
  /** Runs the executables of `check.d/required.d` and `check.d/wanted.d`, each with a time limit. */
  run(): readonly CheckResult[];
}

/** The service manager of the running system. Both throw BootError UNAVAILABLE. */
export interface Services {
  restart(unit: string): void;
  /** Restarts those of `units` that run, and leaves the others alone. */
  restartRunning(units: readonly string[]): void;
}

/** The deadline that the boot stage has set for this boot. */
export interface Deadline {
  /** Moves it. @param uptimeSeconds when `confirm` gives its verdict at the latest, from the start of the kernel */
  postpone(uptimeSeconds: number): void;
}

export interface Log {
  info(text: string): void;
  warn(text: string): void;
}

/** The rescue environment of the initramfs, whose shell does the work. */
export interface Rescue {
  /** Tells the shell why there is rescue, for how long, and whether the boot state knows that this round is over. */
  order(order: { readonly reason: string; readonly seconds: number; readonly isSaved: boolean }): void;
  /** Asks the shell for the reboot. */
  end(reason: string): void;
  /** null: not in rescue. */
  session(): RescueSession | null;
  networkPorts(): readonly NetworkPort[];
}

/** A lock for writers that dies with its holder. */
export interface WriterLock {
  /** Runs `work` while holding the lock. @throws BootError BUSY when another command holds it for longer than the wait */
  hold<T>(work: () => T): T;
}

/** A configuration as it was read, with what was wrong in it. */
export interface LoadedConfig {
  readonly path: string;
  readonly config: Config;
  /** Values that fell back to their defaults, keys nobody knows: each names file, key, found, expected. */
  readonly problems: readonly string[];
  /** Overrides from the kernel command line that were ignored, and other notes. */
  readonly notes: readonly string[];
  readonly forcedSlot: SlotName | null;
}

export interface ConfigSource {
  /** Never throws: without a readable file the defaults hold, and `problems` says so. */
  load(fromState?: readonly Setting[]): LoadedConfig;
}

/** Everything the use cases are given; `main.ts` builds it. */
export interface Ports {
  readonly config: ConfigSource;
  /** Opens the store that the configuration, or `--state`, names. */
  openState(config: Config, options?: { readonly waitSeconds?: number }): StateStore;
  /**
   * Makes the file that holds the state where it is missing; a partition is left alone.
   * @returns whether a file was made
   * @throws BootError ABSENT, STATE_IO
   */
  prepareState(config: Config): boolean;
  readonly roots: RootBuilder;
  readonly run: RunFiles;
  readonly tunnel: Tunnel;
  readonly checks: Checks;
  readonly deadline: Deadline;
  readonly services: Services;
  readonly rescue: Rescue;
  readonly machine: Machine;
  readonly heartbeat: Heartbeat;
  readonly lock: WriterLock;
  readonly log: Log;
  /** Identifies what a slot holds on the running system, without leaving anything mounted. */
  inspectBase(source: BaseSource, recorded: DeviceRecord | null): FoundBase;
  /** Copies the identity files of the proven system to the data partition. @returns what was renewed */
  saveIdentity(files: readonly string[]): readonly string[];
  readonly survey: Survey;
  readonly repairs: Repairs;
  readonly changes: Changes;
  readonly incoming: Incoming;
  /** Held while an image is brought in; a repair may be needed meanwhile. */
  readonly installLock: WriterLock;
  /** Keeps two repairs apart: a long one must not keep a proof from being recorded, so it is not `lock`. */
  readonly repairLock: WriterLock;
  readonly layers: LayerStore;
  /** Held by whatever changes slots' layers, from the first look to the last write: also while a shell is open in a slot. */
  readonly layersLock: WriterLock;
}
