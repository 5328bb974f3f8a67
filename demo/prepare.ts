/**
 * Makes the demo's node and says how long each part took; what is kept from the last run takes no time.
 */
import { debianTar } from '../test/vm/support/debian-root.ts';
import { ensureKernel } from '../test/vm/support/kernel.ts';
import { ensureNodeImage, type NodeImage } from '../test/vm/support/node-image.ts';
import { say } from './events.ts';
import { nodeConfig } from './node-config.ts';

function timed<T>(what: string, step: () => T): T {
  const before = Date.now();
  say('demo', `${what} …`);
  const result = step();
  say('demo', `${what}: ${((Date.now() - before) / 1000).toFixed(1)} s`);
  return result;
}

export function prepareNode(): NodeImage {
  timed("fetch Debian's cloud kernel", ensureKernel);
  timed('make a Debian 12 root with mmdebstrap', debianTar);
  return timed('lay lifeboot on it, make its initramfs and its disk', () =>
    ensureNodeImage({ name: 'demo', config: nodeConfig, initramfs: 'standalone' }),
  );
}
