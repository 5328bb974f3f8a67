/**
 * The adapter behind the root steps of a boot: keeps what was mounted for the slot at hand, and can undo it.
 */

import { join } from 'node:path';
import type { DataRequest, RootBuilder } from '../../app/ports.ts';
import type { UpperKind } from '../../core/config/config.ts';
import { BootError, describeError } from '../../core/errors.ts';
import { PACKAGE_DIRS } from '../../core/root/store-names.ts';
import { type UpperRef, upperNameOf } from '../../core/store/pair.ts';
import { linkRealDisk, mountOverlay, sealRoot } from './assemble.ts';
import { bringIdentity } from './bring-identity.ts';
import { checkRoot } from './check-root.ts';
import { type DataPartition, type OpenOptions, openData } from './data-partition.ts';
import { setDeadline } from './deadline.ts';
import { type FindDevice, findDevice } from './find-device.ts';
import { type FileCopy, keptInUpper } from './identity-files.ts';
import { type MountedBase, mountBase } from './mount-base.ts';
import { unmountBelow } from './mounting.ts';
import { type AssembledOstree, assembleOstree, forgetOstree, keptInOstree, sealOstree } from './ostree-base.ts';
import { bindPersistentDirs } from './persist.ts';
import { placeIdentityFiles } from './place-identity.ts';
import { type Places, placesOf, type RootOptions } from './places.ts';
import { finishBegun, resetData } from './reset-data.ts';
import { mountStack } from './stack.ts';
import { tryTool } from './tools.ts';
import { inMemoryInstead, prepareUpper, type Upper, type UpperResult } from './upper.ts';
import { upperFault } from './upper-fault.ts';

/** What is mounted for the slot at hand; null: that step was not taken yet. */
interface Work {
  base: MountedBase | null;
  data: DataPartition | null;
  /** Layers, top first, relative to the run directory. */
  lower: readonly string[];
  /** Which upper is the slot's. */
  upperRef: UpperRef | null;
  upper: Upper | null;
  kind: UpperKind;
  size: string;
  /** What became of an OSTree deployment, which has no upper. */
  ostree: AssembledOstree | null;
  bound: readonly string[];
  init: string | null;
}

const NOTHING: Work = {
  base: null,
  data: null,
  lower: [],
  upperRef: null,
  upper: null,
  kind: 'tmpfs',
  size: '25%',
  ostree: null,
  bound: [],
  init: null,
};

export interface BuilderOptions extends RootOptions {
  /** Node's name of this machine's processor. */
  readonly arch: string;
  /** Shared with whoever else looks for devices in this process. */
  readonly find?: FindDevice;
}

export function makeRootBuilder(options: BuilderOptions): RootBuilder {
  const places = placesOf(options);
  const find = options.find ?? findDevice;
  let work: Work = { ...NOTHING };
  const open = (request: DataRequest): DataPartition => openWith(request, { places, find, base: work.base });

  return {
    mountBase(request) {
      work.base = mountBase(request, places, find);
      return work.base.found;
    },
    mountLayers(request) {
      work.data = open(request);
      const { stack, lower, upper, degraded } = mountStack(request, work.data, places);
      work = { ...work, lower, upperRef: upper };
      return { stack, degraded };
    },
    resetData(request) {
      const { data, ...result } = resetData(request, work.data ?? open(request), places);
      work.data = data;
      return result;
    },
    mountUpper(request) {
      const data = finishBegun(work.data ?? open(request));
      const { kind, size, upperId: asked } = request;
      work = { ...work, data, kind, size };
      if (asked === null) return [...data.notes, ...withoutIdentity(request.device, data)];
      const upperId = upperNameOf(asked, work.upperRef);
      const { upper, degraded } = prepareUpper({ ...request, upperId }, data, places, work.lower);
      work.upper = upper;
      return [...data.notes, ...degraded];
    },
    assemble() {
      const { degraded, ...assembled } = assembleWork(work, places);
      work = { ...work, ...assembled };
      return degraded;
    },
    bindPersistent(paths) {
      if (work.data === null) throw early('bindPersistent');
      const result = bindPersistentDirs(paths, work.data, places, work.lower.length > 0 ? PACKAGE_DIRS : []);
      work.bound = result.bound;
      return result.degraded;
    },
    placeIdentity(files) {
      const { data, bound } = work;
      if (data === null) throw early('placeIdentity');
      return placeIdentityFiles({ files, kept: keptIn(work, places), bound }, data, places);
    },
    bringIdentity: (request) => bringIdentity(request, { places, find }),
    check(init) {
      work.init = checkRoot(places.newRoot, init, options.arch);
      if (work.kind === 'none') seal(work, places);
      return work.init;
    },
    setDeadline(request) {
      if (work.init === null) throw early('setDeadline');
      return setDeadline({ ...request, init: work.init }, places);
    },
    release() {
      unmountAll(places);
      work = { ...NOTHING };
    },
  };
}

function openWith(
  { device, waitSeconds, removable = false }: DataRequest,
  { places, find, base }: Pick<OpenOptions, 'places' | 'find'> & Pick<Work, 'base'>,
): DataPartition {
  return openData(device, waitSeconds, { places, find, removable, shared: base?.changeable ?? null });
}

function unmountAll(places: Places): void {
  const { newRoot, base, layers, data, carrier, memory, run } = places;
  try {
    unmountBelow([newRoot, base, layers, data, carrier, memory, join(run, 'initramfs')]);
  } catch {
    // The way to the next slot must not end here: what is still mounted is detached.
    tryTool(['umount', '-l', '--', newRoot]);
  }
  forgetOstree(places);
}

function seal({ ostree }: Work, places: Places): void {
  if (ostree === null) sealRoot(places);
  else sealOstree(places);
}

/** An OSTree deployment is a root by itself; whatever else gets its upper laid over it. */
function assembleWork(
  work: Work,
  places: Places,
): Pick<Work, 'upper' | 'ostree'> & { readonly degraded: readonly string[] } {
  const { upper, base, size, lower } = work;
  if (base !== null && base.ostree !== null) {
    linkRealDisk(places, null);
    const ostree = assembleOstree(base.ostree, work, places);
    return { upper, ostree, degraded: ostree.degraded };
  }
  if (upper === null || base === null) throw early('assemble');
  linkRealDisk(places, base.diskNumber);
  return { ...layUpper(upper, { places, lower, deviceNumber: base.number, size }), ostree: null };
}

function keptIn({ upper, ostree, lower }: Work, { newRoot, runDir }: Places): (inRoot: string) => FileCopy | null {
  if (upper === null && ostree === null) throw early('placeIdentity');
  return ostree === null
    ? keptInUpper(
        upper,
        lower.map((name) => join(runDir, name)),
      )
    : keptInOstree(ostree.state, newRoot);
}

/** Only the identity copies come from there. */
function withoutIdentity(device: string | null, { trouble, store }: DataPartition): readonly string[] {
  return device === null || trouble === null || store !== null ? [] : [`no identity copies are at hand: ${trouble}`];
}

interface Layout {
  readonly places: Places;
  readonly lower: readonly string[];
  readonly deviceNumber: string | null;
  readonly size: string;
}

/** Lays the upper over the base; a kept one that cannot be used, or lived with, becomes one in memory. */
function layUpper(upper: Upper, layout: Layout): UpperResult {
  const { places, size } = layout;
  let trouble: string | null;
  try {
    mountOverlay(upper, layout);
    trouble = upper.kind === 'persistent' ? upperFault(places.base, places.newRoot) : null;
    if (trouble === null) return { upper, degraded: [] };
    unmountBelow([places.newRoot]);
  } catch (error) {
    if (upper.kind !== 'persistent') throw error;
    trouble = describeError(error);
  }
  const instead = inMemoryInstead(trouble, size, places);
  mountOverlay(instead.upper, layout);
  return instead;
}

function early(step: string): BootError {
  return new BootError('INTERNAL', `'${step}' was asked for before the steps that it needs`);
}
