/**
 * The node whose day is recorded: a small root with real sshd, tunnel and lifeboot, on the disk of the other guests.
 */
import { smallRoot } from '../../faults/nodes/small-root.ts';
import { placeOf } from '../support/disk.ts';
import { type ForwardEnd, forwardOf, socketEnd } from '../support/far-end.ts';
import { ensureNodeImage, type NodeImage, nodePartitions } from '../support/node-image.ts';
import { nodeToml } from '../support/node-toml.ts';

export const forwardEnd: ForwardEnd = socketEnd('write-log');

/** Looks come often: a proof after an outage must not take longer than the rest of the day. */
const TEND = '\n[tend]\nlook = "30s"\nagain = "1min"\n';

export const CONFIG_TEXT: string = `${nodeToml({
  name: 'W023',
  forward: forwardEnd,
  deadline: '60s',
  hold: '10s',
  trialAttempts: 3,
})}${TEND}`;

export function ensureNode(): NodeImage {
  if (!CONFIG_TEXT.includes(forwardOf(forwardEnd))) throw new Error('the node does not know its far end');
  return ensureNodeImage({ name: 'write-log', config: CONFIG_TEXT, initramfs: 'standalone', root: smallRoot });
}

/** Where the boot state is on the disk, in bytes. */
export function statePlace(): { readonly offset: number; readonly length: number } {
  const { start, size } = placeOf(nodePartitions(undefined, smallRoot.sizeMiB), 'lifeboot-state');
  return { offset: start << 20, length: size << 20 };
}
