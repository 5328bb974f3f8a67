/**
 * The initramfs that Debian's own update-initramfs makes of the installed hook, and variants of it that fail on purpose.
 *
 * Effects only. A variant is the same image with a few files laid over it: the kernel unpacks a further archive last.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeNodeTree } from '../support/debian-root.ts';
import { ensureKernel } from '../support/kernel.ts';
import { cached, keyOf, repoDir } from '../support/places.ts';
import { runTool } from '../support/run-tool.ts';

const CONFIG = '[slots.a]\nroot = "PARTLABEL=root-a"\n[slots.b]\nroot = "PARTLABEL=root-b"\n';
const PARTS = ['dist/lifeboot', 'initramfs', 'scripts/install', 'test/vm/support/debian-root.ts'];

function textsBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path, readFileSync(path, 'latin1')];
  return readdirSync(path)
    .sort()
    .flatMap((name) => textsBelow(join(path, name)));
}

/** The image, made in a chroot of a Debian tree; kept until something that it is made of changes. */
export function ensureDebianInitrd(): string {
  const key = keyOf(CONFIG, ...PARTS.flatMap((part) => textsBelow(join(repoDir, part))));
  return cached('debian-initrd', key, (target) => {
    const { version } = ensureKernel();
    const tree = `${target}.tree`;
    try {
      makeNodeTree(tree, { config: CONFIG, lifeboot: true });
      const inside = 'mount -t proc proc "$1/proc" && exec chroot "$1" update-initramfs -c -k "$2"';
      runTool('unshare', ['--mount', 'sh', '-ec', inside, 'sh', tree, version]);
      cpSync(join(tree, `boot/initrd.img-${version}`), target);
    } finally {
      rmSync(tree, { recursive: true, force: true });
    }
  });
}

/** Lays files (path to content; scripts are executable) over an image. */
export function layOver(dir: string, initrd: string, files: Readonly<Record<string, string>>): string {
  const tree = join(dir, 'over');
  rmSync(tree, { recursive: true, force: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(tree, path, '..'), { recursive: true });
    writeFileSync(join(tree, path), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
  }
  const target = join(dir, 'laid-over.img');
  // The kernel looks for a plain archive at multiples of four only.
  const pack = 'cp "$1" "$3" && truncate -s %4 "$3" && cd "$2" && find . | cpio --quiet -o -H newc -R 0:0 >>"$3"';
  runTool('sh', ['-ec', pack, 'sh', initrd, tree, target]);
  return target;
}
