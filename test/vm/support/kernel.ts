/**
 * Fetches Debian's kernels: the cloud kernel that the guests of the tests, the demo and the bench boot, and the general
 * one for what only that has drivers for.
 *
 * Effects only: apt-get, dpkg-deb and depmod on the host. The package is unpacked, never installed.
 * Invariant: once it is in the cache no package manager is asked again, so a run needs no network.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './places.ts';
import { runTool } from './run-tool.ts';

export interface Kernel {
  /** What `uname -r` says in the guest. */
  readonly version: string;
  readonly vmlinuz: string;
  /** The `lib/modules/VERSION` directory, with the lists that depmod makes. */
  readonly modulesDir: string;
  /** The unpacked package; `boot/` and `lib/modules/` below it. */
  readonly rootDir: string;
}

/** `amd64` has the drivers of real machines, and boots slower. */
export type Flavour = 'cloud-amd64' | 'amd64';

/** Returns the kernel, fetching it when the cache has none. Needs a Debian host with its package lists. */
export function ensureKernel(flavour: Flavour = 'cloud-amd64'): Kernel {
  const rootDir = cached('kernel', flavour, (target) => unpackKernel(target, `linux-image-${flavour}`));
  const version = readFileSync(join(rootDir, 'version'), 'utf8').trim();
  return {
    version,
    rootDir,
    vmlinuz: join(rootDir, 'boot', `vmlinuz-${version}`),
    modulesDir: join(rootDir, 'lib/modules', version),
  };
}

/** The package with the image itself: the meta package only depends on it. */
function imagePackage(meta: string): string {
  const find = (): string | undefined =>
    /^\s*Depends: (linux-image-\S+)/m.exec(runTool('apt-cache', ['depends', meta], { accept: [0, 100] }).stdout)?.[1];
  const known = find();
  if (known !== undefined) return known;
  runTool('apt-get', ['-q', 'update']);
  const found = find();
  if (found === undefined) throw new Error(`no package list of this host names what '${meta}' depends on`);
  return found;
}

function unpackKernel(target: string, meta: string): void {
  const name = imagePackage(meta);
  const downloads = `${target}.deb`;
  mkdirSync(target, { recursive: true });
  mkdirSync(downloads, { recursive: true });
  try {
    // apt's own sandbox user cannot write here; it says so and goes on as root.
    const download = () => runTool('apt-get', ['-q', 'download', name], { cwd: downloads, accept: [0, 100] });
    if (download().status !== 0) {
      // The lists are older than the mirror: the version they name is gone.
      runTool('apt-get', ['-q', 'update']);
      download();
    }
    const deb = readdirSync(downloads).find((file) => file.endsWith('.deb'));
    if (deb === undefined) throw new Error(`apt-get downloaded no package '${name}'`);
    runTool('dpkg-deb', ['-x', join(downloads, deb), target]);
  } finally {
    rmSync(downloads, { recursive: true, force: true });
  }
  const version = readdirSync(join(target, 'lib/modules'))[0];
  if (version === undefined || !existsSync(join(target, 'boot', `vmlinuz-${version}`))) {
    throw new Error(`package '${name}' holds no kernel with modules`);
  }
  runTool('depmod', ['-b', target, version]);
  writeFileSync(join(target, 'version'), `${version}\n`);
}
