/** Which identity files the tests keep, and the copies of them that an image carries. */
import { type Node, type Tree, writeTree } from './disks.ts';

/** The identity files of these tests. */
export const FILES: readonly string[] = ['/etc/machine-id', '/etc/ssh/ssh_host_*', '/root/.ssh/authorized_keys'];

/** Puts identity copies into the image that the node boots with. */
export function inImage(node: Node, tree: Tree): void {
  writeTree(node.image, tree);
}
