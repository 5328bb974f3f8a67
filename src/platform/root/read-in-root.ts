/**
 * Reads files of a root as a process inside it would find them, and tells a damaged image from a dead disk.
 */
import { closeSync, openSync, readFileSync, readSync, type Stats, statSync } from 'node:fs';
import { BootError } from '../../core/errors.ts';
import { resolveInRoot } from './resolve-in-root.ts';
import { errorCode } from './tools.ts';

/** Program headers follow the ELF header. */
const HEAD_BYTES = 4096;

/** @throws BootError CONTENT or IO */
export function readWhole(root: string, path: string): Buffer {
  return reading(path, () => readFileSync(resolveInRoot(root, path)));
}

/** Enough of a program for its headers. @throws BootError CONTENT or IO */
export function readHead(root: string, path: string): Buffer {
  return reading(path, () => {
    const file = openSync(resolveInRoot(root, path), 'r');
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      return head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0));
    } finally {
      closeSync(file);
    }
  });
}

function reading(path: string, read: () => Buffer): Buffer {
  try {
    return read();
  } catch (error) {
    if (error instanceof BootError) throw error;
    const code = errorCode(error) === 'EIO' ? 'IO' : 'CONTENT';
    throw new BootError(code, `cannot read '${path}' of the root`, {
      cause: error,
      hint: 'the image or its disk is damaged',
    });
  }
}

/** @returns what is at `path`, links followed inside the root; null: nothing. @throws BootError CONTENT or IO */
export function statInRoot(root: string, path: string): Stats | null {
  try {
    return statSync(resolveInRoot(root, path), { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    if (error instanceof BootError) throw error;
    const code = errorCode(error);
    if (code === 'ENOTDIR') return null;
    throw new BootError(code === 'EIO' ? 'IO' : 'CONTENT', `cannot look at '${path}' of the root`, { cause: error });
  }
}
