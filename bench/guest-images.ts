/**
 * What the guests of the bench boot: one disk for all, and three initramfs images for it.
 *
 * Effects below build/ only; kept there, keyed by what they were made from.
 */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { makeNodeTree, put } from '../test/vm/support/debian-root.ts';
import { copyDisk, makeDisk, makeExt4 } from '../test/vm/support/disk.ts';
import { ensureKernel } from '../test/vm/support/kernel.ts';
import { buildDir, cached, keyOf, repoDir, textsOf } from '../test/vm/support/places.ts';
import { withGuest } from '../test/vm/support/qemu.ts';
import { runTool } from '../test/vm/support/run-tool.ts';

const OWN_DIR = join(import.meta.dirname, 'guest');
const ROOT_MIB = 640;
const DATA_MIB = 128;
/** In the order in which they are loaded. */
const FLOOR_MODULES = ['virtio_pci', 'virtio_blk', 'overlay'];
const OVERLAYROOT = [
  'overlayroot',
  'cryptsetup-bin',
  'libcryptsetup12',
  'libargon2-1',
  'libdevmapper1.02.1',
  'libjson-c5',
  'libpopt0',
];
const GENERATION_MS = 600_000;

export const CONFIG = `[state]
device = "PARTLABEL=lifeboot-state"
[slots.a]
root = "PARTLABEL=root-a"
[upper]
device = "PARTLABEL=system-data"
`;

/** A real Debian root with overlayroot, whose systemd is replaced by the stamp. `/dev/vda2` of the disk. */
export function ensureBenchDisk(): string {
  const key = keyOf(CONFIG, textsOf(join(OWN_DIR, 'stamp-init'), import.meta.filename));
  return join(
    cached('bench-disk', key, (target) => {
      mkdirSync(target, { recursive: true });
      const tree = join(target, 'tree');
      makeNodeTree(tree, { config: '', lifeboot: false });
      layOverlayroot(tree);
      copyFileSync('/bin/busybox', join(tree, 'usr/bin/busybox'));
      copyFileSync(join(OWN_DIR, 'stamp-init'), join(tree, 'usr/lib/systemd/systemd'));
      put(tree, 'etc/initramfs-tools/conf.d/bench', 'MODULES=dep\n');
      // As an administrator would have to: the guess of MODULES=dep misses the bus below the disk.
      put(tree, 'etc/initramfs-tools/modules', 'virtio_pci\nvirtio_blk\n');
      const image = (name: string): string => join(target, `${name}.part`);
      makeExt4({ target: image('root'), sizeMiB: ROOT_MIB, label: 'root-a', tree });
      makeExt4({ target: image('data'), sizeMiB: DATA_MIB, label: 'system-data' });
      writeFileSync(image('state'), '');
      truncateSync(image('state'), 1 << 20);
      writeFileSync(join(target, 'lifeboot.toml'), CONFIG);
      const state = ['state', 'init', '--state', image('state'), '--config', join(target, 'lifeboot.toml')];
      runTool(join(repoDir, 'dist/lifeboot'), state);
      makeDisk(join(target, 'disk.img'), [
        { name: 'lifeboot-state', sizeMiB: 1, image: image('state') },
        { name: 'root-a', sizeMiB: ROOT_MIB, image: image('root') },
        { name: 'system-data', sizeMiB: DATA_MIB, image: image('data') },
      ]);
      for (const name of ['root', 'data', 'state']) rmSync(image(name));
      rmSync(tree, { recursive: true });
    }),
    'disk.img',
  );
}

/** overlayroot is shell files for initramfs-tools, and puts cryptsetup into the image; none needs a configuration step. */
function layOverlayroot(tree: string): void {
  const downloads = mkdtempSync(join(tmpdir(), 'lifeboot-bench-'));
  try {
    runTool('apt-get', ['-q', 'download', ...OVERLAYROOT], { cwd: downloads });
    // dpkg-deb -x would replace the tree's links /lib and /sbin by directories.
    const unpack = 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"';
    for (const file of readdirSync(downloads)) runTool('sh', ['-ec', unpack, 'sh', join(downloads, file), tree]);
  } finally {
    rmSync(downloads, { recursive: true, force: true });
  }
}

/** A busybox image with an init of ours and the floor's modules. */
function makeSmallImage(target: string, init: string): void {
  const tree = `${target}.tree`;
  for (const name of ['bin', 'modules', 'proc', 'sys', 'dev', 'run', 'sysroot']) {
    mkdirSync(join(tree, name), { recursive: true });
  }
  copyFileSync('/bin/busybox', join(tree, 'bin/busybox'));
  copyFileSync(join(OWN_DIR, init), join(tree, 'init'));
  chmodSync(join(tree, 'init'), 0o755);
  moduleFiles().forEach((file, index) => {
    copyFileSync(file, join(tree, 'modules', `${String(index).padStart(2, '0')}-${basename(file)}`));
  });
  const pack = 'cd "$1" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 | zstd -q -19 >"$2"';
  runTool('sh', ['-ec', pack, 'sh', tree, target]);
  rmSync(tree, { recursive: true });
}

function moduleFiles(): string[] {
  const { rootDir, version } = ensureKernel();
  const order = ['-d', rootDir, '-S', version, '--show-depends'];
  const lines = FLOOR_MODULES.flatMap((name) => runTool('modprobe', [...order, name]).stdout.split('\n'));
  return [...new Set(lines.flatMap((line) => /^insmod (\S+)/.exec(line)?.[1] ?? []))];
}

export function ensureFloorImage(): string {
  const key = keyOf(textsOf(join(OWN_DIR, 'floor-init'), import.meta.filename), ensureKernel().version);
  return cached('bench-floor', key, (target) => makeSmallImage(target, 'floor-init'));
}

/** Our own image, by the real builder. */
export function ensureStandaloneImage(): string {
  const config = join(buildDir, 'bench', 'lifeboot.toml');
  const output = join(buildDir, 'bench', 'standalone.img');
  mkdirSync(join(buildDir, 'bench'), { recursive: true });
  writeFileSync(config, CONFIG);
  const args = ['--config', config, '--modules', ensureKernel().modulesDir, '--no-identity', '--output', output];
  runTool(join(repoDir, 'initramfs/mkinitramfs'), args);
  return output;
}

/** Debian's image with MODULES=dep and overlayroot, made by a guest because it looks at the hardware it runs on. */
export async function ensureDebianImage(disk: string): Promise<string> {
  const { vmlinuz } = ensureKernel();
  const target = join(buildDir, 'bench', 'initramfs-tools.img');
  const key = `${keyOf(disk, textsOf(join(OWN_DIR, 'generate-init')))}\n`;
  if (readIfThere(`${target}.of`) === key) return target;
  const dir = mkdtempSync(join(buildDir, 'bench', 'generate-'));
  try {
    const [root, initrd] = [join(dir, 'root.img'), join(dir, 'initrd.img')];
    copyDisk(disk, root);
    makeSmallImage(initrd, 'generate-init');
    writeFileSync(target, '');
    truncateSync(target, 64 << 20);
    const options = {
      kernel: vmlinuz,
      initrd,
      cmdline: 'console=ttyS0 quiet panic=-1',
      disks: [root, target],
      endOnReboot: true,
    };
    const bytes = await withGuest({ ...options, logFile: join(buildDir, 'bench', 'generate.log') }, async (guest) => {
      const { text } = await guest.waitForLine(/^BENCH bytes=\d+/, GENERATION_MS);
      return Number(text.replace('BENCH bytes=', ''));
    });
    truncateSync(target, bytes);
    writeFileSync(`${target}.of`, key);
    return target;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
