/**
 * The data partition: uppers, persistent directories and identity copies live in `lifeboot/` on it.
 *
 * Never throws: a node whose data disk died must still come up. Read-only is better than nothing, since the identity
 * can be read then; so a partition that cannot be mounted writable is tried without its journal.
 */
import { lstatSync, mkdirSync, readdirSync, rmSync, type StatsFs, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BootError, describeError } from '../../core/errors.ts';
import { type MountEntry, mountAt } from '../../core/root/mountinfo.ts';
import { STORE } from '../../core/root/store-names.ts';
import { makeDirsDurably } from './durable.ts';
import type { FindDevice, FoundDevice } from './find-device.ts';
import { giveUpKept } from './kept-resets.ts';
import { bindMount, isWithoutJournal, mount, mountEntries } from './mounting.ts';
import type { Places } from './places.ts';
import { recognise } from './probe-device.ts';
import { runTool, tryTool, whyFailed } from './tools.ts';

export interface DataPartition {
  /** The store's directory, or null: there is no data partition in this boot. */
  readonly store: string | null;
  /** Why nothing may be written to it, or null: it is writable and has room. */
  readonly trouble: string | null;
  /** It could only be mounted for reading. */
  readonly readOnly: boolean;
  readonly notes: readonly string[];
}

/** An upper without this much room would turn away the system's first write. */
const MIN_FREE_BYTES = 4 * 1024 * 1024;
const MIN_FREE_FILES = 128;
const CLEAR_LIMIT_MS = 10_000;

export interface OpenOptions {
  readonly places: Places;
  readonly find: FindDevice;
  /** Whether it may be on a device that can be pulled out; default: no. */
  readonly removable?: boolean;
  /** Where this boot has mounted a file system that may become writable: it can be the same one. */
  readonly shared?: string | null;
}

/**
 * Uppers and identity copies decide what runs and whose host key is trusted: a stick that somebody plugged in, with the
 * right label on it, brings neither.
 * @param name the configured device; null: none is configured
 */
export function openData(
  name: string | null,
  waitSeconds: number,
  { places, find, removable = false, shared = null }: OpenOptions,
): DataPartition {
  if (name === null) return { store: null, trouble: 'no data partition is configured', readOnly: false, notes: [] };
  try {
    const found = find(name, { waitSeconds });
    if (found.removable && !removable) throw strange(name, found.path);
    const device = recognise(found);
    const refused = mountData(device, places.data, shared);
    const { trouble, notes } = refused === null ? prepareStore(places) : { trouble: refused, notes: [] };
    return { store: storeDir(places), trouble, readOnly: isReadOnly(places), notes: [...device.notes, ...notes] };
  } catch (error) {
    return { store: null, trouble: describeError(error), readOnly: false, notes: [] };
  }
}

function strange(name: string, path: string): BootError {
  return new BootError(
    'CONTENT',
    `the data partition '${name}' is on a removable device, '${path}', and is left alone; [upper] removable = true allows that`,
  );
}

/** @returns why it could only be mounted read-only, or null */
function mountData(device: FoundDevice, dir: string, shared: string | null): string | null {
  if (device.type === null) {
    throw new BootError('CONTENT', `no file system was recognised on the data partition '${device.path}'`);
  }
  const request = { type: device.type, source: device.path, target: dir };
  mkdirSync(dir, { recursive: true });
  const there = shared === null ? undefined : mountAt(mountEntries(), shared);
  if (there !== undefined && there.device === device.number) return shareMount(there, dir);
  // From its top: the default subvolume is another one after each rollback of other tools.
  const top = device.type === 'btrfs' ? ',subvolid=5' : '';
  try {
    mount({ ...request, options: `rw${top}` });
    return null;
  } catch (error) {
    const options = device.type === 'ext4' || device.type === 'ext3' ? 'ro,noload' : `ro${top}`;
    mount({ ...request, options });
    return `the data partition is read-only: ${describeError(error)}`;
  }
}

/**
 * The base is, or is on, this very file system, and was mounted read-only: it becomes writable as a whole, and where it
 * was stays read-only.
 * @returns why it could not, or null
 */
function shareMount(there: MountEntry, dir: string): string | null {
  const { point } = there;
  let trouble: string | null = null;
  if (isWithoutJournal(there)) {
    trouble = 'the data partition is read-only: its journal could not be replayed';
  } else {
    const finished = tryTool(['mount', '--options-mode', 'ignore', '-o', 'remount,rw', '--', point]);
    if (finished.status !== 0) trouble = `the data partition is read-only: ${whyFailed(finished)}`;
  }
  bindMount(point, dir);
  if (trouble === null) runTool(['mount', '-o', 'remount,bind,ro', '--', point]);
  return trouble;
}

/** As the kernel shows it: `mount` itself falls back to read-only on a write-protected device. */
function isReadOnly(places: Places): boolean {
  const entry = mountAt(mountEntries(), places.data);
  return entry === undefined || entry.options.includes('ro') || entry.superOptions.includes('ro');
}

/** Why nothing can be written, or null; and what was done about it. */
interface Room {
  readonly trouble: string | null;
  readonly notes: readonly string[];
}

/** Makes the store's directories and tries a write. */
function prepareStore(places: Places): Room {
  const store = join(places.data, STORE);
  try {
    for (const dir of [
      store,
      join(store, 'upper'),
      join(store, 'persist'),
      join(store, 'identity'),
      join(store, 'tmp'),
    ]) {
      makeDirsDurably(dir, 0o700);
      if (!lstatSync(dir).isDirectory())
        return { trouble: `'${dir}' on the data partition is not a directory`, notes: [] };
    }
    clear(join(store, 'tmp'));
    const room = makeRoom(places);
    return { ...room, trouble: room.trouble ?? probeWrite(join(store, 'tmp', 'probe')) };
  } catch (error) {
    return { trouble: `the data partition cannot be written: ${describeError(error)}`, notes: [] };
  }
}

/** What a factory reset has put aside is kept only for as long as nothing else needs its room. */
function makeRoom(places: Places): Room {
  const store = join(places.data, STORE);
  const full = whyNoRoom(statfsSync(places.data));
  if (full === null || !giveUpKept(store)) return { trouble: full, notes: [] };
  clear(join(store, 'tmp'));
  const notes = [`${full}; what the last factory reset put aside was deleted, and it cannot be undone any more`];
  return { trouble: whyNoRoom(statfsSync(places.data)), notes };
}

/** Looks again, after something was moved. @param before the trouble there was, or null */
export function roomTrouble(places: Places, before: string | null): Room {
  if (before === null) return { trouble: null, notes: [] };
  try {
    return makeRoom(places);
  } catch (error) {
    return { trouble: describeError(error), notes: [] };
  }
}

/** Deletes what was left there, as far as it goes in a short time: the next boot goes on with it. */
function clear(dir: string): void {
  const names = readdirSync(dir).map((name) => join(dir, name));
  if (names.length > 0) tryTool(['rm', '-rf', '--', ...names], { timeoutMs: CLEAR_LIMIT_MS });
}

/** @returns in words that there is no room for a kept upper, or null */
export function whyNoRoom({ bfree, bsize, files, ffree }: StatsFs): string | null {
  if (bfree * bsize < MIN_FREE_BYTES)
    return `the data partition is full: ${Math.floor((bfree * bsize) / 1024)} KiB free`;
  // Some file systems make inodes as they go and count none.
  return files > 0 && ffree < MIN_FREE_FILES ? `the data partition has only ${ffree} free inodes` : null;
}

/** Not flushed: a read-only or damaged file system refuses already to make the file. */
function probeWrite(path: string): null {
  writeFileSync(path, 'x');
  rmSync(path);
  return null;
}

/** @returns null when there is none, or a link that would lead elsewhere */
function storeDir(places: Places): string | null {
  const store = join(places.data, STORE);
  return lstatSync(store, { throwIfNoEntry: false })?.isDirectory() === true ? store : null;
}
