/**
 * The initramfs that Debian's own update-initramfs makes of the installed hook.
 *
 * Effects only.
 */
import { cpSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
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
