/**
 * Mounts and unmounts through util-linux, with errors that say whose fault it was.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { BootError } from '../../core/errors.ts';
import { classifyMountFailure } from '../../core/root/mount-failure.ts';
import { type MountEntry, parseMountinfo, pointsBelow } from '../../core/root/mountinfo.ts';
import { tryTool, whyFailed } from './tools.ts';
import { waitForFileSystem } from './wait-for-modules.ts';

export interface MountRequest {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly options: string;
  /** Where relative layer names begin. */
  readonly cwd?: string;
}

/** Replaying a long journal on a slow card takes its time. */
const MOUNT_LIMIT_MS = 90_000;

/** @throws BootError CONTENT, IO or ABSENT */
export function mount(request: MountRequest): void {
  const { type, source, target, options, cwd } = request;
  const argv = ['mount', '-t', type, '-o', options, '--', source, target];
  const attempt = () => tryTool(argv, { timeoutMs: MOUNT_LIMIT_MS, ...(cwd === undefined ? {} : { cwd }) });
  let finished = attempt();
  if (finished.status === 0) return;
  // Its module may be half loaded; nothing else in what mount says tells that.
  if (/unknown filesystem type/.test(finished.stderr) && waitForFileSystem(type)) finished = attempt();
  if (finished.status === 0) return;
  const said = whyFailed(finished);
  const { code, hint } = classifyMountFailure(said);
  // "cannot read" can also be a file system that points beyond its device: then the device itself reads well.
  const damaged = code === 'IO' && /can't read superblock/.test(said) && canRead(source);
  const because = damaged ? 'the device can be read, its file system is damaged: write the image again' : hint;
  throw new BootError(damaged ? 'CONTENT' : code, `cannot mount '${source}' (${type}): ${said}`, { hint: because });
}

/** Binds one directory over another. @throws BootError IO */
export function bindMount(source: string, target: string): void {
  const finished = tryTool(['mount', '--bind', '--', source, target]);
  if (finished.status !== 0)
    throw new BootError('IO', `cannot bind '${source}' to '${target}': ${whyFailed(finished)}`);
}

/** What is mounted now. */
export function mountEntries(): readonly MountEntry[] {
  return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** Such a file system shows what it was before its journal was written, and must not become writable. */
export function isWithoutJournal(entry: MountEntry | undefined): boolean {
  return entry?.superOptions.some((option) => option === 'noload' || option === 'norecovery') === true;
}

/** Unmounts everything at or below the given directories, newest first; what is busy is detached. Never throws. */
export function unmountBelow(tops: readonly string[]): void {
  const points = pointsBelow(mountEntries(), tops);
  if (points.length === 0) return;
  if (tryTool(['umount', '--', ...points]).status === 0) return;
  const left = pointsBelow(mountEntries(), tops);
  if (left.length > 0) tryTool(['umount', '-l', '--', ...left]);
}

/** @returns whether the head of a device can be read. */
export function canRead(path: string): boolean {
  try {
    const file = openSync(path, 'r');
    try {
      return readSync(file, Buffer.alloc(128 * 1024), 0, 128 * 1024, 0) > 0;
    } finally {
      closeSync(file);
    }
  } catch {
    // The question was whether it can be read.
    return false;
  }
}
