/**
 * Looks at everything that a slot needs to boot, and leaves nothing mounted and nothing changed.
 *
 * Invariant: reads only. The file system's program runs in its reading mode, and the base is mounted as the boot stage
 * does it, so that not even a journal is replayed. What cannot be seen is a fact.
 */
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { BootError, describeError } from '../../core/errors.ts';
import { checkCommand, isExt, judgeCheck } from '../../core/repair/file-system-check.ts';
import type { FoundDisk, SlotFacts, SuperblockFacts } from '../../core/repair/slot-facts.ts';
import { type BaseSource, describeSource } from '../../core/root/base-source.ts';
import type { RecordedDevice } from '../../core/root/choose-device.ts';
import { readSuperblock } from '../root/base-facts.ts';
import { withBaseInside } from '../root/base-inside.ts';
import { checkRoot } from '../root/check-root.ts';
import type { FindDevice, FoundDevice } from '../root/find-device.ts';
import { readOnlyOptions } from '../root/mount-base.ts';
import { mount, mountEntries, unmountBelow } from '../root/mounting.ts';
import { tryTool } from '../root/tools.ts';
import { findDisk, troubleOf } from './find-disk.ts';
import { lookAtKernel } from './look-at-kernel.ts';
import { readAllFiles } from './read-all-files.ts';
import { readSuperblockFacts } from './read-superblock.ts';

const CHECK_MS = 60 * 60_000;

export interface ExamineOptions {
  readonly runDir: string;
  /** Node's name of this machine's processor. */
  readonly arch: string;
  readonly find: FindDevice;
}

export interface ExamineRequest extends BaseSource {
  readonly recorded: RecordedDevice | null;
  /** The init of the slot's configuration. */
  readonly init: string | null;
}

export function examineRoot(request: ExamineRequest, options: ExamineOptions): SlotFacts {
  const name = describeSource(request);
  try {
    return examineDisk(name, findDisk(request.root, request.recorded, options.find), request, options);
  } catch (error) {
    return { ...UNSEEN, name, disk: troubleOf(error) };
  }
}

/** What is looked at on a disk. */
type Looked = Pick<ExamineRequest, 'init' | 'image' | 'subvolume' | 'ostree'>;

/** @param disk a device, or an image as if it were one */
export function examineDisk(name: string, disk: FoundDisk, looked: Looked, options: ExamineOptions): SlotFacts {
  const seen = { ...UNSEEN, name, disk };
  let superblock: SuperblockFacts;
  try {
    superblock = readSuperblockFacts(disk.path);
  } catch (error) {
    return { ...seen, unreadable: describeError(error) };
  }
  // What changes while it is checked has errors that are none.
  const argv = disk.mountedWritable ? null : checkCommand(superblock, disk.path);
  const check = argv === null ? null : judgeCheck(superblock, tryTool(argv, { timeoutMs: CHECK_MS }));
  const known = { ...seen, superblock, check };
  if (superblock.type === null || isUnsafeToMount(known)) return known;
  try {
    return {
      ...known,
      ...whileMounted(disk, superblock, options, (dir) => lookInside(dir, { disk, superblock, looked }, options)),
    };
  } catch (error) {
    return { ...known, mount: troubleOf(error) };
  }
}

/** ext4 marks its superblock when it meets an error, on a read-only mount too: what is known to be damaged is not mounted. */
function isUnsafeToMount({ superblock, check }: SlotFacts): boolean {
  return check?.outcome === 'errors' && superblock?.isJournalDirty === false && isExt(superblock.type);
}

const UNSEEN: Omit<SlotFacts, 'name' | 'disk'> = {
  unreadable: null,
  superblock: null,
  check: null,
  mount: null,
  deployment: null,
  init: null,
  kernel: [],
  read: null,
};

type Inside = Pick<SlotFacts, 'deployment' | 'init' | 'kernel' | 'read'>;

function lookInside(
  mounted: string,
  {
    disk,
    superblock,
    looked,
  }: { readonly disk: FoundDisk; readonly superblock: SuperblockFacts; readonly looked: Looked },
  { arch, runDir }: ExamineOptions,
): Inside {
  const device = asDevice(disk, superblock);
  const place = { device, superblock: readSuperblock(device), dir: mounted };
  return withBaseInside(looked, place, runDir, ({ dir, deployment }) => ({
    deployment,
    init: lookAtInit(dir, looked.init, arch),
    kernel: lookAtKernel(dir),
    read: readAllFiles(dir),
  }));
}

function lookAtInit(dir: string, init: string | null, arch: string): SlotFacts['init'] {
  try {
    return { path: checkRoot(dir, init, arch), trouble: null };
  } catch (error) {
    return { path: init ?? '/sbin/init', trouble: troubleOf(error) };
  }
}

/** Mounts a slot's base while `work` looks at it. @throws BootError ABSENT, CONTENT, IO */
export function withMountedRoot<T>(
  source: BaseSource,
  recorded: RecordedDevice | null,
  options: ExamineOptions,
  work: (dir: string) => T,
): T {
  const disk = findDisk(source.root, recorded, options.find);
  const superblock = readSuperblockFacts(disk.path);
  if (superblock.type === null) throw new BootError('CONTENT', `no file system was recognised on '${disk.path}'`);
  const device = asDevice(disk, superblock);
  return whileMounted(disk, superblock, options, (dir) =>
    withBaseInside(source, { device, superblock: readSuperblock(device), dir }, options.runDir, (base) =>
      work(base.dir),
    ),
  );
}

/** A file system that is in use cannot be mounted a second time with other options: look through the mount it has. */
function whileMounted<T>(
  disk: FoundDisk,
  superblock: SuperblockFacts,
  { runDir }: ExamineOptions,
  work: (dir: string) => T,
): T {
  const mounted = mountEntries().find(({ root, device }) => root === '/' && device === disk.number);
  if (mounted !== undefined) return work(mounted.point);
  mkdirSync(runDir, { recursive: true });
  const dir = mkdtempSync(join(runDir, 'repair-'));
  try {
    const loop = disk.number === null ? ',loop' : '';
    const options = `${readOnlyOptions(asDevice(disk, superblock))}${loop}`;
    mount({ type: superblock.type ?? '', source: disk.path, target: dir, options });
    return work(dir);
  } finally {
    unmountBelow([dir]);
    rmdirSync(dir);
  }
}

function asDevice(
  { path, number, sizeBytes, partuuid, serial, removable, notes }: FoundDisk,
  superblock: SuperblockFacts,
): FoundDevice {
  const { type, uuid, label } = superblock;
  const size = BigInt(sizeBytes);
  return { path, number, sizeBytes: size, partuuid, serial, removable, notes, type, uuid, label, partlabel: null };
}
