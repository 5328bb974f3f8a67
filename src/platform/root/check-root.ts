/**
 * Checks, before it is entered, that a root has an init that this machine can start and that its files can be read.
 *
 * Invariant: everything is resolved inside the root. What is only there in the initramfs does not count. Files are
 * really read: a dead flash block shows itself here, where another slot can still be chosen.
 */
import { BootError } from '../../core/errors.ts';
import { isElf, parseElf, runsOn } from '../../core/root/elf.ts';
import { readHead, readWhole, statInRoot } from './read-in-root.ts';

/** In the kernel's order, less the shell: a prompt on an unattended console helps nobody. */
const INIT_CANDIDATES = ['/sbin/init', '/etc/init', '/bin/init', '/usr/lib/systemd/systemd', '/lib/systemd/systemd'];
/** Read where they are: what every system needs sooner or later. */
const ESSENTIAL = ['/usr/lib/os-release', '/etc/passwd'];
const LIBRARY_DIRS = ['/usr/lib64', '/usr/lib', '/lib64', '/lib'];
const MULTIARCH: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/**
 * @param configured the init to use, or null: the first usual one that works
 * @returns its path as seen inside the root
 * @throws BootError CONTENT or IO
 */
export function checkRoot(root: string, configured: string | null, arch: string): string {
  const init = configured === null ? findInit(root, arch) : checkInit(root, configured, arch);
  for (const path of ESSENTIAL) {
    if (statInRoot(root, path)?.isFile() === true) readWhole(root, path);
  }
  return init;
}

function findInit(root: string, arch: string): string {
  let first: unknown = null;
  for (const candidate of INIT_CANDIDATES) {
    if (statInRoot(root, candidate) === null) continue;
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
  const length = statInRoot(root, path)?.size ?? 0;
  const elf = parseElf(path.includes('/libc.so') ? readWhole(root, path) : readHead(root, path));
  if (elf === null || length < elf.endsAt) throw broken(user, `its library '${path}' is damaged or cut off`);
}

function findLibrary(root: string, name: string, arch: string): string | null {
  return (
    libraryDirs(arch)
      .map((dir) => `${dir}/${name}`)
      .find((path) => statInRoot(root, path)?.isFile() === true) ?? null
  );
}

/** Where a library most likely is comes first. */
function libraryDirs(arch: string): readonly string[] {
  const multiarch = MULTIARCH[arch];
  const dirs = multiarch === undefined ? LIBRARY_DIRS : [`/usr/lib/${multiarch}`, `/lib/${multiarch}`, ...LIBRARY_DIRS];
  return [...dirs, ...dirs.map((dir) => `${dir}/systemd`)];
}

/** The program behind `#!`, or null. */
function scriptInterpreter(bytes: Buffer): string | null {
  const line = bytes.subarray(0, 256).toString('latin1').split('\n')[0] ?? '';
  return /^#![ \t]*(\/[^ \t]+)/.exec(line)?.[1] ?? null;
}

function readProgram(root: string, path: string): Buffer {
  const found = statInRoot(root, path);
  if (found === null) throw broken(path, 'it does not exist');
  if (!found.isFile()) throw broken(path, 'it is not a regular file');
  if ((found.mode & 0o111) === 0) throw broken(path, 'it is not executable');
  if (found.size === 0) throw broken(path, 'it is empty');
  return readWhole(root, path);
}

function broken(path: string, why: string): BootError {
  return new BootError('CONTENT', `'${path}' of the root cannot be started: ${why}`, {
    hint: 'the image is damaged or incomplete: write it again',
  });
}
