/**
 * What the faults' nodes are: roots, configurations, and the host key of rescue.
 *
 * Effects: a key pair in the cache. Invariant: the configurations are ordinary ones, with every time as short as it may
 * be; a scenario is mostly waiting for these.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAR_END_NAME, put } from '../../vm/support/debian-root.ts';
import { socketEnd } from '../../vm/support/far-end.ts';
import type { NodeImageOptions, RootKind } from '../../vm/support/node-image.ts';
import { nodeToml } from '../../vm/support/node-toml.ts';
import { cached, keyOf } from '../../vm/support/places.ts';
import { FAR_END_ADDRESS } from '../../vm/support/qemu.ts';
import { runTool } from '../../vm/support/run-tool.ts';
import type { NodeKind } from '../fault.ts';
import { debianRoot } from './debian-root.ts';
import { smallRoot } from './small-root.ts';

/** One far end at a time: where the node's forward ends is in its image. */
export const forwardEnd = socketEnd('faults');

const SLOW = {
  deadline: '100s',
  rungs: { network: '70s', reboot: '150s', clean: '160s', other: '170s', recovery: '180s' },
};
const QUICK = {
  deadline: '60s',
  rungs: { network: '1min', reboot: '1min', clean: '61s', other: '62s', recovery: '63s' },
};
const KINDS: Readonly<Record<NodeKind, typeof SLOW & { root: () => RootKind; more: string }>> = {
  debian: { ...SLOW, root: () => debianRoot, more: '' },
  small: { ...QUICK, root: () => smallRoot, more: '' },
  rescue: { ...QUICK, root: rescueRoot, more: '\n[rescue]\ntime = "30min"\n' },
};

export function imageOptions(kind: NodeKind): NodeImageOptions {
  const { deadline, rungs, root, more } = KINDS[kind];
  const toml = nodeToml({ name: 'W023', forward: forwardEnd, deadline, hold: '10s', trialAttempts: 3 });
  const config = `${withAddress(toml)}${timesToml(rungs)}${more}`;
  return { name: `faults-${kind}`, config, initramfs: 'standalone', root: root() };
}

/** The server by its name and by its address, for when names cannot be looked up. */
function withAddress(toml: string): string {
  return toml.replace(`host = "${FAR_END_NAME}"`, `host = ["${FAR_END_NAME}", "${FAR_END_ADDRESS}"]`);
}

/** The rungs of the ladder, as close together as the configuration permits, and a short wait for devices. */
function timesToml(rungs: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ tunnel: '1min', ...rungs }).map(([name, after]) => `${name}.after = "${after}"\n`);
  // With the usual half a minute, a boot that waits for a device that is gone has no time left until its deadline.
  return `\n[devices]\nwait = "15s"\n[tend]\nlook = "30s"\nagain = "1min"\npause = "1min"\n${lines.join('')}`;
}

/** The small root with a host key for rescue that the far end can pin; an installation makes one of its own. */
function rescueRoot(): RootKind {
  const makeTree = (tree: string, config: string): void => {
    smallRoot.makeTree(tree, config);
    put(tree, 'etc/lifeboot/rescue_host_key', readFileSync(rescueKey(), 'utf8'), 0o600);
    put(tree, 'etc/lifeboot/rescue_host_key.pub', rescueHostKey());
  };
  return { sizeMiB: smallRoot.sizeMiB, key: keyOf(smallRoot.key, rescueHostKey()), makeTree };
}

/** The public host key of rescue's sshd. */
export function rescueHostKey(): string {
  return readFileSync(`${rescueKey()}.pub`, 'utf8');
}

/** Both halves appear with their directory. */
function rescueKey(): string {
  const dir = cached('rescue-key', keyOf('v1'), (target) => {
    mkdirSync(target);
    runTool('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'rescue', '-f', join(target, 'key')]);
  });
  return join(dir, 'key');
}
