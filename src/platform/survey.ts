/**
 * What `doctor` sees of the machine: files, devices, units, the kernel.
 *
 * Reads only. A thing that is not there is an answer.
 */
import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { release } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Survey } from '../app/ports.ts';
import { BootError } from '../core/errors.ts';
import { tryProgram } from './exec.ts';
import type { FindDevice } from './root/find-device.ts';
import { hasWatchdog, readWatchdog } from './watchdog-sysfs.ts';

export function makeSurvey(find: FindDevice): Survey {
  return {
    file(path) {
      const stat = statOrNull(path);
      if (stat === null) return null;
      return { mode: stat.mode, uid: stat.uid, sizeBytes: stat.size, modifiedMs: stat.mtimeMs };
    },
    sameContent(left, right) {
      const [leftBytes, rightBytes] = [readOrNull(left), readOrNull(right)];
      return leftBytes === null || rightBytes === null ? null : leftBytes.equals(rightBytes);
    },
    expand: (patterns) => patterns.flatMap(expandPattern),
    findDevice: (name) => {
      const { path, notes, removable } = find(name, { waitSeconds: 0 });
      return { path, notes, removable };
    },
    whyReadOnly: (name) => whyReadOnly(name, find),
    unitState,
    kernelRelease: () => release(),
    watchdog: (device) => ({ isPresent: hasWatchdog(device), facts: readWatchdog(device) }),
  };
}

function statOrNull(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    // A directory on the way that may not be entered, or that is none.
    return null;
  }
}

function readOrNull(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

/** `*` in the last part of a path, as the identity list has it; only what exists. */
function expandPattern(pattern: string): readonly string[] {
  if (!basename(pattern).includes('*')) return statOrNull(pattern) === null ? [] : [pattern];
  const [before = '', after = ''] = basename(pattern).split('*', 2);
  const directory = dirname(pattern);
  if (statOrNull(directory)?.isDirectory() !== true) return [];
  const fits = (name: string) =>
    name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after);
  return readdirSync(directory)
    .filter(fits)
    .sort()
    .map((name) => join(directory, name));
}

/** The kernel's own word on a device that is write-protected; a device that is not found is another finding. */
function whyReadOnly(name: string, find: FindDevice): string | null {
  try {
    const { path } = find(name, { waitSeconds: 0 });
    const flag = readOrNull(`/sys/class/block/${basename(path)}/ro`)
      ?.toString('utf8')
      .trim();
    return flag === '1' ? `'${name}' (${path}) is write-protected` : null;
  } catch (error) {
    if (error instanceof BootError) return null;
    throw error;
  }
}

/**
 * `systemctl is-enabled` calls a unit disabled that is wanted by links below /usr/lib, as a package makes them. What
 * counts is whether something wants it.
 */
function unitState(name: string): string {
  const properties = '--property=LoadState,UnitFileState,WantedBy,RequiredBy';
  const said = tryProgram(['systemctl', 'show', properties, name], { timeoutMs: 10_000 });
  if (said.status !== 0) return `not known (${said.trouble ?? said.stderr.trim()})`;
  return readUnitState(said.stdout);
}

/** @param shown what `systemctl show` printed: KEY=VALUE lines */
export function readUnitState(shown: string): string {
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(shown)?.[1] ?? '';
  if (value('LoadState') === 'not-found') return 'not installed';
  if (value('LoadState') === 'masked') return 'masked';
  if (value('WantedBy') !== '' || value('RequiredBy') !== '') return 'enabled';
  return value('UnitFileState') || 'disabled';
}
