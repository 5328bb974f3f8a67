/**
 * What snapshots, layers and `run` need of the machine; a part of `ports.ts`.
 *
 * Types only. Everything is synchronous. Errors are `BootError`s. Paths in the store are the adapter's business.
 */

import type { SnapperSnapshot } from '../core/btrfs/snapper-info.ts';
import type { SlotName } from '../core/slot.ts';
import type { Layer, LayerForm, Manifest } from '../core/store/deployment.ts';
import type { UpperName } from '../core/store/garbage.ts';
import type { PackageChange, Packages } from '../core/store/packages.ts';
import type { Pair } from '../core/store/pair.ts';
import type { FileChange } from '../core/store/root-diff.ts';
import type { Snapshot } from '../core/store/snapshot.ts';

/** A writable layer as it lies in the store. */
export interface UpperFacts {
  /** The directory that holds the changes. */
  readonly dir: string;
  /** Of all files in it. */
  readonly sizeBytes: number;
  readonly entries: number;
}

/** A root that is put together to be changed: a deployment with an empty upper over it. */
export interface StagedRoot {
  /** Where it is mounted, for as long as the work lasts. */
  readonly root: string;
  /** The directory that takes the changes. */
  readonly upper: string;
  /**
   * Runs a command in it as a package manager needs it: network, resolver, caches, `/proc`, `/sys`, `/dev`; no service is
   * started, and no process outlives it. What it says is shown and kept in the store's log.
   * @returns its exit status, 128 and the signal's number when one ended it
   * @throws BootError IO, UNAVAILABLE when it cannot be started
   */
  run(order: RunOrder): number;
  /** What is installed; null: no package manager that is known. */
  packages(): Packages | null;
  /** Kernels and images of the initramfs that were changed, as paths in the root. */
  changedBoot(): readonly string[];
  /** Whether anything but logs, caches and locks was changed. */
  isChanged(): boolean;
  /** Packs what was changed. See {@link LayerStore.seal}. */
  seal(onStep: OnStep): Layer | null;
  /**
   * Adds to the persistent directories what was made below them; what was there is not touched.
   * @returns in words what was changed or deleted there, and is not taken over
   */
  addToShared(): readonly string[];
}

export interface RunOrder {
  /** null: a shell. */
  readonly command: readonly string[] | null;
  /** Persistent directories: the command sees them, and changes a copy. */
  readonly shared: readonly string[];
  readonly isTerminal: boolean;
}

/** What takes its time tells how far it is. */
export type OnStep = (text: string) => void;

/** The store on the data partition (DESIGN section 7). Things appear in it by rename after fsync, or not at all. */
export interface LayerStore {
  /** @throws BootError UNAVAILABLE when there is no data partition in this boot, or nothing can be written to it */
  requireWritable(): void;
  /** Deletes what commands that were killed have left. Only while nobody else changes a slot. */
  clearLeftovers(): void;
  freeBytes(): number;

  /** null: no slot has layers yet. @throws BootError BAD_DATA, IO */
  readPair(): Pair | null;
  /** By one rename. @throws BootError IO */
  savePair(pair: Pair): void;

  /** null: there is none. @throws BootError BAD_DATA, IO */
  readManifest(id: string): Manifest | null;
  saveManifest(manifest: Manifest): void;
  /** Ids of all manifests, damaged ones too. */
  listManifests(): readonly string[];
  deleteManifest(id: string): void;

  /** By number; damaged ones are left out and told. `numbers`: of all, damaged ones too. */
  readSnapshots(): {
    readonly snapshots: readonly Snapshot[];
    readonly numbers: readonly number[];
    readonly problems: readonly string[];
  };
  saveSnapshot(snapshot: Snapshot): void;
  deleteSnapshot(number: number): void;

  /** What lies in `layers/`, whether something needs it or not. */
  listLayers(): readonly Layer[];
  deleteLayer(layer: Layer): void;
  /** Reads all of it. @param layer `sizeBytes` null: not known. @returns what is wrong, in words; null: it is what its name says */
  verifyLayer(layer: Omit<Layer, 'sizeBytes'> & { readonly sizeBytes: number | null }): string | null;

  /**
   * The writable layer `SLOT-KEY`; null: there is none, or the running system of that slot does not use it (it could not
   * be mounted and became one in memory).
   * @param key `upperKey()` of `core/store/pair.ts`
   */
  findUpper(slot: SlotName, key: string): UpperFacts | null;
  /** All writable layers, the last used first. */
  listUppers(): readonly UpperName[];
  deleteUpper(upper: UpperName): void;
  /**
   * Packs changes into a layer, written, read back and named by what was read.
   * @returns null when there is nothing in them. @throws BootError IO, REFUSED without room, CONTENT
   */
  seal(request: SealRequest, onStep: OnStep): Layer | null;
  /**
   * Takes in what `btrfs send` wrote, as a layer that stands for a whole root.
   * @throws BootError CONTENT, REFUSED, IO
   */
  receive(stream: string): Layer;
  /** Snapshots that Snapper made, in a directory below the top level of the data partition. Never throws. */
  readSnapper(place: string): { readonly snapshots: readonly SnapperSnapshot[]; readonly problems: readonly string[] };
  /**
   * Makes a layer that stands for a whole root of a subvolume of the data partition, which stays as it is.
   * @param place a path below the top level. @throws BootError CONTENT, REFUSED, IO
   */
  adopt(place: string): Layer;
  /** Makes one layer of all of a deployment's. @throws BootError as {@link seal} */
  flatten(manifest: Manifest, slot: SlotName, onStep: OnStep): Layer | null;
  /**
   * Puts a deployment together over the base of `slot`, with an empty upper, runs `work` on it and takes it apart again.
   * @throws BootError ABSENT, CONTENT, IO; whatever `work` throws
   */
  withStaged<T>(slot: SlotName, manifest: Manifest, work: (staged: StagedRoot) => T): T;
  /** As {@link withStaged}, only for looking: `work` gets where it is mounted. */
  withView<T>(slot: SlotName, manifest: Manifest, work: (root: string) => T): T;
  /**
   * Mounts two roots beside each other and compares them.
   * @param paths relative byte strings; none: all. @throws BootError ABSENT, CONTENT, IO, UNAVAILABLE
   */
  compare(sides: readonly [RootSide, RootSide], request: CompareRequest): RootDiff;
  /**
   * Brings paths of the running root from how they are in the second side back to how they are in the first.
   * @throws BootError REFUSED for a path that is not as in the second side, before anything is changed; as {@link compare}
   */
  undo(sides: readonly [RootSide, RootSide], request: UndoRequest): readonly FileChange[];
  /** What is installed in a root; null: no package manager that is known. */
  packagesIn(root: string): Packages | null;
  /**
   * Goes on in a mount namespace of its own, so that nothing stays mounted however this ends: the command starts again for
   * that. Before anything else is done.
   */
  ownMounts(): void;
}

/** What is compared: a deployment, or what runs. */
export interface RootSide {
  /** The slot whose base it is on. */
  readonly slot: SlotName;
  /** null: not known, so that every name is looked at. Only of what runs. */
  readonly manifest: Manifest | null;
  readonly isRunning: boolean;
  /** What runs writes there; null: not known. */
  readonly upper: string | null;
}

export interface CompareRequest {
  readonly paths: readonly string[];
  /** Text files line by line, too. */
  readonly content: boolean;
}

export interface RootDiff {
  readonly files: readonly FileChange[];
  /** null: one of them has no package manager that is known. */
  readonly packages: readonly PackageChange[] | null;
  /** By path, as `diff -u` shows it. */
  readonly texts: Readonly<Record<string, string>>;
}

export interface UndoRequest {
  readonly paths: readonly string[];
  /** Also what is not as in the second side. */
  readonly force: boolean;
  readonly dryRun: boolean;
}

export interface SealRequest {
  /** The directory that holds the changes, in overlay's form. */
  readonly upper: string;
  /** The slot and deployment that it lies over: a directory that was renamed has its content there. */
  readonly slot: SlotName;
  readonly over: Manifest | null;
  /** Somebody may write to it meanwhile: what changes while it is read is read again. */
  readonly isLive: boolean;
  /** null: the best that the running kernel can mount. */
  readonly form: LayerForm | null;
  /** Directories that come along although they do not lie in `upper`; nothing below shows through them. */
  readonly own: readonly OwnDir[];
}

export interface OwnDir {
  /** In the root of the deployment. */
  readonly path: string;
  /** Where the running system has it; one that is not there is left out. */
  readonly from: string;
}
