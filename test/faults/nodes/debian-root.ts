/**
 * The Debian root that faults are injected into: the same as every Debian guest's, with a ladder that hurries.
 *
 * Effects only: fills a directory.
 */
import { makeNodeTree, put } from '../../vm/support/debian-root.ts';
import { ROOT_MIB, type RootKind } from '../../vm/support/node-image.ts';
import { keyOf } from '../../vm/support/places.ts';

/** A look each ten seconds instead of each minute. */
const TIMER = '[Timer]\nOnActiveSec=\nOnUnitInactiveSec=\nOnActiveSec=10s\nOnUnitInactiveSec=10s\nAccuracySec=1s\n';

export const debianRoot: RootKind = { sizeMiB: ROOT_MIB, key: keyOf(TIMER), makeTree };

function makeTree(tree: string, config: string): void {
  makeNodeTree(tree, { config, lifeboot: true });
  put(tree, 'etc/systemd/system/lifeboot-tend.timer.d/hurry.conf', TIMER);
}
