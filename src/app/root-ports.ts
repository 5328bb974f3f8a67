/**
 * How a boot puts a root together; a part of `ports.ts`.
 *
 * Types only. Everything is synchronous. Errors are `BootError`s.
 */
import type { FoundBase, FoundStack } from '../core/boot/facts.ts';
import type { UpperKind } from '../core/config/config.ts';
import type { BaseSource } from '../core/root/base-source.ts';
import type { SlotName } from '../core/slot.ts';
import type { Deployment } from '../core/state/state.ts';
import type { DataRequest, ResetDataRequest, ResetDataResult } from './reset-ports.ts';

export interface LayersRequest {
  readonly slot: SlotName;
  /** What `mountBase` found. */
  readonly base: Deployment;
  /** What the boot state says of the slot: believed where the store cannot tell. */
  readonly recorded: Deployment | null;
  /** Without its layers a clean boot gets the base alone. */
  readonly isClean: boolean;
  readonly device: string | null;
  readonly removable: boolean;
  readonly waitSeconds: number;
}

export interface UpperRequest extends DataRequest {
  readonly kind: UpperKind;
  /** Names the upper in the store: no two slots share one, even when they hold the same image. null: the base keeps changes itself. */
  readonly upperId: string | null;
  /** Uppers whose changes to `/etc` a new one begins with: the first that is there. Absent: it begins empty. */
  readonly carry?: readonly string[];
  readonly size: string;
}

export interface BaseRequest extends BaseSource {
  readonly waitSeconds: number;
  readonly recorded: { readonly partuuid: string | null; readonly serial: string | null } | null;
  /** The name of the data partition: an image may be on it. null or absent: there is none. */
  readonly dataDevice?: string | null;
}

/** Finds, mounts and puts together the root of one slot. Every method throws BootError ABSENT, CONTENT or IO. */
export interface RootBuilder {
  /** Mounts the base read-only and identifies it. `recorded`: the device at the last proof, to choose among two of one name. */
  mountBase(request: BaseRequest & { readonly slot: SlotName }): FoundBase;
  /**
   * Opens the data partition and mounts the layers that its store has for the slot.
   * @returns `stack` is null where a clean boot does without the layers that it should have
   */
  mountLayers(request: LayersRequest): { readonly stack: FoundStack | null; readonly degraded: readonly string[] };
  /** Carries out a pending factory reset, before the upper is mounted. Never throws. */
  resetData(request: ResetDataRequest): ResetDataResult;
  /** Never throws for a missing or broken upper: that becomes tmpfs. @returns what is degraded, in words */
  mountUpper(request: UpperRequest): readonly string[];
  /** @returns what is degraded: a kept upper that the overlay would not take becomes one in memory */
  assemble(): readonly string[];
  bindPersistent(paths: readonly string[]): readonly string[];
  placeIdentity(files: readonly string[]): readonly string[];
  /** @returns the path, inside the root, of the init that was found and can be executed */
  check(init: string | null): string;
  /** Brings the identity into the initramfs itself, for rescue; nothing stays mounted. @returns what is degraded */
  bringIdentity(request: {
    readonly files: readonly string[];
    readonly device: string | null;
    readonly removable?: boolean;
    readonly waitSeconds: number;
  }): readonly string[];
  setDeadline(request: {
    readonly seconds: number;
    readonly unattended: boolean;
    readonly watchdog: { readonly device: string | null; readonly timeoutSeconds: number };
  }): readonly string[];
  /** Unmounts everything of a slot that could not be assembled. Never throws. */
  release(): void;
}
