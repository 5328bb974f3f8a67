/**
 * Resolves a path as a process inside a root would see it.
 *
 * Invariant: the result lies below `root` whatever links the root holds. An absolute link or `..` of an image must
 * not lead into the initramfs or another mount. Nothing else runs while a root is being put together, so there is
 * no race between looking and using.
 */
import { lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { BootError } from '../../core/errors.ts';
import { errorCode } from './tools.ts';

const MAX_LINKS = 40;

/**
 * @param root a directory; @param path as seen inside it
 * @returns the path from outside, with no link left in it; components that do not exist are kept as they are
 * @throws BootError CONTENT for a loop of links
 */
export function resolveInRoot(root: string, path: string): string {
  const todo = path.split('/').reverse();
  const done: string[] = [];
  let links = 0;
  while (todo.length > 0) {
    const part = todo.pop();
    if (part === undefined || part === '' || part === '.') continue;
    if (part === '..') {
      done.pop();
      continue;
    }
    const target = readLink(join(root, ...done, part));
    if (target === null) {
      done.push(part);
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) throw new BootError('CONTENT', `'${path}' in '${root}' leads through too many links`);
    if (target.startsWith('/')) done.length = 0;
    todo.push(...target.split('/').reverse());
  }
  return join(root, ...done);
}

function readLink(path: string): string | null {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    return found?.isSymbolicLink() === true ? readlinkSync(path) : null;
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') return null;
    throw new BootError('IO', `cannot read '${path}'`, { cause: error });
  }
}
