/**
 * Finds the medium of the boot state: `--state PATH`, a raw partition, or a file on a partition.
 *
 * Invariant: a file system that holds the state is mounted only while a record is read or written, and never where a
 * write may land elsewhere than in place: the two records protect each other only as long as neither moves.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { StateStore } from '../../app/ports.ts';
import type { Config } from '../../core/config/config.ts';
import { BootError } from '../../core/errors.ts';
import { runProgram, tryProgram } from '../exec.ts';
import { renameDurably } from '../root/durable.ts';
import { mountEntries } from '../root/mounting.ts';
import { formatDeviceNumber } from './device-number.ts';
import { makeStateStore, type WithMedium } from './state-store.ts';

/** Finds a device by name within a time. @throws BootError ABSENT */
export type FindDevice = (spec: string, waitSeconds: number) => string;

/** Magic numbers of statfs(2), linux/magic.h: file systems that write elsewhere than in place. */
const COPY_ON_WRITE: Readonly<Record<number, string>> = {
  2435016766: 'btrfs',
  801189825: 'zfs',
  3393526350: 'bcachefs',
  4076150800: 'f2fs',
  13364: 'nilfs2',
  2035054128: 'overlay',
};

const FILE_BYTES = 65_536;

/** @param path the file or block device that `--state` names */
export function openStatePath(path: string): StateStore {
  return makeStateStore(path, (_access, work) => work(path));
}

export function openConfiguredState(
  config: Config,
  options: { readonly findDevice: FindDevice; readonly waitSeconds: number; readonly runDirectory: string },
): StateStore {
  const { device, file } = config.state;
  // Found once: the device stays what it is for as long as a command runs.
  let found: string | null = null;
  const find = (): string => {
    found ??= options.findDevice(device, options.waitSeconds);
    return found;
  };
  if (file === null) return makeStateStore(device, (_access, work) => work(find()));
  const withFile: WithMedium = (access, work) =>
    withFileSystem(find(), access, options.runDirectory, (directory) => work(requireInPlace(join(directory, file))));
  return makeStateStore(`${device}:${file}`, withFile);
}

/** Makes the configured file where it is missing; a partition is left alone. @returns whether a file was made */
export function prepareConfiguredState(
  config: Config,
  options: { readonly findDevice: FindDevice; readonly runDirectory: string },
): boolean {
  const { device, file } = config.state;
  if (file === null) return false;
  return withFileSystem(options.findDevice(device, 0), 'write', options.runDirectory, (directory) =>
    prepareStateFile(requireInPlace(join(directory, file))),
  );
}

/**
 * Makes the file that holds the state where it is missing, with real blocks behind it. It appears whole or not at all: one
 * that a power cut left without its blocks would be too small for a state, and too much there to be made again. A device
 * that is missing is not made: a file below /dev would be gone with the next boot.
 * @returns whether it was made
 */
export function prepareStateFile(path: string): boolean {
  if (existsSync(path) || path.startsWith('/dev/')) return false;
  const temporary = join(dirname(path), `.${basename(path)}.lifeboot-new`);
  rmSync(temporary, { force: true });
  const descriptor = openSync(temporary, 'wx', 0o600);
  try {
    writeFileSync(descriptor, new Uint8Array(FILE_BYTES));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameDurably(temporary, path);
  return true;
}

function requireInPlace(path: string): string {
  const name = COPY_ON_WRITE[statfsSync(dirname(path)).type];
  if (name === undefined) return path;
  throw new BootError('STATE_IO', `the boot state cannot be kept in '${path}': ${name} does not write in place`, {
    hint: 'use a raw partition, or a file on ext4 or vfat, in [state]',
  });
}

function withFileSystem<T>(
  device: string,
  access: 'read' | 'write',
  runDirectory: string,
  work: (directory: string) => T,
): T {
  const mounted = findMount(device);
  if (mounted !== null) {
    const { directory, writable } = mounted;
    return access === 'read' || writable ? work(directory) : whileWritable(directory, () => work(directory));
  }
  const directory = join(runDirectory, 'state');
  mkdirSync(directory, { recursive: true });
  runProgram(['mount', '-o', access === 'read' ? 'ro' : 'rw', device, directory]);
  try {
    return work(directory);
  } finally {
    // A lazy second try: a busy mount must not keep the boot from going on.
    if (tryProgram(['umount', directory]).status !== 0) tryProgram(['umount', '-l', directory]);
  }
}

/** A second mount of a read-only file system would be read-only too, so the one that is there is opened for a moment. */
function whileWritable<T>(directory: string, work: () => T): T {
  runProgram(['mount', '-o', 'remount,rw', directory]);
  try {
    return work();
  } finally {
    tryProgram(['mount', '-o', 'remount,ro', directory]);
  }
}

/** Where the whole of `device` is mounted already, such as on /boot. */
function findMount(device: string): { readonly directory: string; readonly writable: boolean } | null {
  const number = formatDeviceNumber(statSync(device).rdev);
  const entry = mountEntries().find((mount) => mount.device === number && mount.root === '/');
  if (entry === undefined) return null;
  const writable = entry.options.includes('rw') && entry.superOptions.includes('rw');
  return { directory: entry.point, writable };
}
