/**
 * Checks, before it is entered, that a root has an init that this machine can start and that its files can be read.
 *
 * Invariant: everything is resolved inside the root. What is only there in the initramfs does not count. Files are
 * really read: a dead flash block shows itself here, where another slot can still be chosen.
 */
import { closeSync, openSync, readFileSync, readSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { BootError } from '../../core/errors.ts';
import { isElf, parseElf, runsOn } from '../../core/root/elf.ts';
import { resolveInRoot } from './resolve-in-root.ts';
import { errorCode } from './tools.ts';

/** In the kernel's order, less the shell: a prompt on an unattended console helps nobody. */
const INIT_CANDIDATES = ['/sbin/init', '/etc/init', '/bin/init', '/usr/lib/systemd/systemd', '/lib/systemd/systemd'];
/** Read where they are: what every system needs sooner or later. */
const ESSENTIAL = ['/usr/lib/os-release', '/etc/passwd'];
const LIBRARY_DIRS = ['/lib', '/usr/lib', '/lib64', '/usr/lib64'];
/** Program headers follow the ELF header. */
const HEAD_BYTES = 4096;
const MULTIARCH: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/**
 * @param configured the init to use, or null: the first usual one that works
 * @returns its path as seen inside the root
 * @throws BootError CONTENT or IO
 */
export function checkRoot(root: string, configured: string | null, arch: string): string {
  const init = configured === null ? findInit(root, arch) : checkInit(root, configured, arch);
  for (const path of ESSENTIAL) {
    if (stat(root, path)?.isFile() === true) readWhole(root, path);
  }
  return init;
}

function findInit(root: string, arch: string): string {
  let first: unknown = null;
  for (const candidate of INIT_CANDIDATES) {
    if (stat(root, candidate) === null) continue;
    try {
      return checkInit(root, candidate, arch);
    } catch (error) {
      first ??= error;
    }
  }
  if (first !== null) throw first;
  throw new BootError('CONTENT', `no init in the root: looked for ${INIT_CANDIDATES.join(', ')}`, {
    hint: 'the image is incomplete: write it again, or set `init` of the slot',
  });
}

function checkInit(root: string, init: string, arch: string): string {
  const bytes = readProgram(root, init);
  if (isElf(bytes)) {
    checkElf(root, init, bytes, arch);
    return init;
  }
  const interpreter = scriptInterpreter(bytes);
  if (interpreter === null) throw broken(init, 'it is neither an ELF program nor a script with an interpreter');
  const program = readProgram(root, interpreter);
  if (!isElf(program)) throw broken(init, `its interpreter '${interpreter}' is no ELF program`);
  checkElf(root, interpreter, program, arch);
  return init;
}

/** A program, its loader, and the libraries it names as far as they are in the usual places. */
function checkElf(root: string, path: string, bytes: Buffer, arch: string): void {
  const elf = parseElf(bytes);
  if (elf === null || bytes.length < elf.endsAt) throw broken(path, 'the file is cut off');
  if (!runsOn(elf, arch)) throw broken(path, `it is for another machine (ELF ${elf.machine}), this one is ${arch}`);
  if (elf.interpreter === null) return;
  readProgram(root, elf.interpreter);
  const libraries = elf.needed.map((name) => findLibrary(root, name, arch)).filter((place) => place !== null);
  for (const place of [elf.interpreter, ...libraries]) checkLibrary(root, place, path);
}

/** The C library is read whole; of the others the headers and the length: a root is checked in milliseconds. */
function checkLibrary(root: string, path: string, user: string): void {
  const length = stat(root, path)?.size ?? 0;
  const elf = parseElf(path.includes('/libc.so') ? readWhole(root, path) : readHead(root, path));
  if (elf === null || length < elf.endsAt) throw broken(user, `its library '${path}' is damaged or cut off`);
}

function findLibrary(root: string, name: string, arch: string): string | null {
  const multiarch = MULTIARCH[arch];
  const dirs = LIBRARY_DIRS.flatMap((dir) => [
    dir,
    `${dir}/systemd`,
    ...(multiarch === undefined ? [] : [`${dir}/${multiarch}`, `${dir}/${multiarch}/systemd`]),
  ]);
  return dirs.map((dir) => `${dir}/${name}`).find((path) => stat(root, path)?.isFile() === true) ?? null;
}

/** The program behind `#!`, or null. */
function scriptInterpreter(bytes: Buffer): string | null {
  const line = bytes.subarray(0, 256).toString('latin1').split('\n')[0] ?? '';
  return /^#![ \t]*(\/[^ \t]+)/.exec(line)?.[1] ?? null;
}

function readProgram(root: string, path: string): Buffer {
  const found = stat(root, path);
  if (found === null) throw broken(path, 'it does not exist');
  if (!found.isFile()) throw broken(path, 'it is not a regular file');
  if ((found.mode & 0o111) === 0) throw broken(path, 'it is not executable');
  if (found.size === 0) throw broken(path, 'it is empty');
  return readWhole(root, path);
}

function readWhole(root: string, path: string): Buffer {
  return reading(path, () => readFileSync(resolveInRoot(root, path)));
}

function readHead(root: string, path: string): Buffer {
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

function stat(root: string, path: string): Stats | null {
  try {
    return statSync(join(resolveInRoot(root, path)));
  } catch (error) {
    if (error instanceof BootError) throw error;
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new BootError(code === 'EIO' ? 'IO' : 'CONTENT', `cannot look at '${path}' of the root`, { cause: error });
  }
}

function broken(path: string, why: string): BootError {
  return new BootError('CONTENT', `'${path}' of the root cannot be started: ${why}`, {
    hint: 'the image is damaged or incomplete: write it again',
  });
}
