/**
 * The initramfs that Debian's own update-initramfs makes of the installed hook.
 *
 * Effects only.
 */
import { rmSync } from 'node:fs';
import { makeNodeTree } from '../support/debian-root.ts';
import { ensureKernel } from '../support/kernel.ts';
import { makeByInitramfsTools } from '../support/node-image.ts';
import { cached, keyOf, sourcesOf } from '../support/places.ts';

const CONFIG = '[slots.a]\nroot = "PARTLABEL=root-a"\n[slots.b]\nroot = "PARTLABEL=root-b"\n';
const PARTS = ['dist/lifeboot', 'initramfs', 'scripts/install', 'test/vm/support/debian-root.ts'];

/** The image, made in a chroot of a Debian tree; kept until something that it is made of changes. */
export function ensureDebianInitrd(): string {
  const key = keyOf(CONFIG, ...sourcesOf(PARTS));
  return cached('debian-initrd', key, (target) => {
    const tree = `${target}.tree`;
    try {
      makeNodeTree(tree, { config: CONFIG, lifeboot: true });
      makeByInitramfsTools(tree, ensureKernel(), target);
    } finally {
      rmSync(tree, { recursive: true, force: true });
    }
  });
}
