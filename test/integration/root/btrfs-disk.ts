/** A Btrfs disk with subvolumes on it, for nodes whose slots are such. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Node, plainTree, run, type Tree, writeTree } from './disks.ts';

export interface BtrfsDisk {
  readonly device: string;
  /** Mounts its top level, lets `body` change it, and unmounts it. */
  within<T>(body: (top: string) => T): T;
}

export function makeBtrfs(node: Node, sizeMiB = 256): BtrfsDisk {
  const file = node.makeImage('btrfs', {}, { sizeMiB });
  const device = node.attach(file);
  return {
    device,
    within(body) {
      const top = mkdtempSync(join(node.dir, 'top-'));
      // Whatever the default subvolume is.
      run('mount', '-o', 'subvolid=5', device, top);
      try {
        return body(top);
      } finally {
        run('umount', top);
      }
    },
  };
}

/** A read-only subvolume that holds `tree`, made as others would: written, then a snapshot of it. */
export function makeSubvolume(top: string, name: string, tree: Tree = plainTree): void {
  const written = join(top, `${name}.written`);
  mkdirSync(dirname(written), { recursive: true });
  run('btrfs', '-q', 'subvolume', 'create', written);
  writeTree(written, tree);
  run('btrfs', '-q', 'subvolume', 'snapshot', '-r', written, join(top, name));
}
