/** Finds a program in PATH: `execve` takes a path, and a missing ssh deserves its own words. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { BootError } from '../../core/errors.ts';

const USUAL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** @returns the absolute path of the first `name` that can be executed, or null */
export function findProgram(name: string, path: string | undefined): string | null {
  const directories = (path === undefined || path === '' ? USUAL_PATH : path).split(':');
  for (const directory of directories) {
    const file = join(directory, name);
    if (directory.startsWith('/') && isExecutable(file)) return file;
  }
  return null;
}

/** @throws BootError UNAVAILABLE when it is nowhere in PATH */
export function requireProgram(name: string, path: string | undefined): string {
  const file = findProgram(name, path);
  if (file !== null) return file;
  throw new BootError('UNAVAILABLE', `cannot find '${name}'`, { hint: 'install the package openssh-client' });
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
