/**
 * The two nodes that faults are injected into, each booted once and proven; and a plain initramfs to compare with.
 *
 * Effects on build/ only; kept there, keyed by what they were made from. Invariant: every fault begins with the same
 * disk: slot a good and proven through its tunnel, slot b the same image and never booted.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeNodeTree, put } from '../../vm/support/debian-root.ts';
import { copyDisk, type Partition } from '../../vm/support/disk.ts';
import { type FarEnd, startFarEnd } from '../../vm/support/far-end.ts';
import { ensureKernel } from '../../vm/support/kernel.ts';
import {
  ensureNodeImage,
  makeByInitramfsTools,
  type NodeImage,
  nodeImageKey,
  nodePartitions,
} from '../../vm/support/node-image.ts';
import { cacheDir, cached, keyOf, newRunDir, sourcesOf } from '../../vm/support/places.ts';
import { type Guest, withGuest } from '../../vm/support/qemu.ts';
import type { NodeKind } from '../fault.ts';
import { forwardEnd, imageOptions } from './kinds.ts';

export interface PreparedNode {
  readonly kind: NodeKind;
  /** Changes with everything that the node is made from. */
  readonly key: string;
  readonly vmlinuz: string;
  readonly initrd: string;
  /** An initramfs of Debian's own making, without lifeboot. */
  readonly plainInitrd: string;
  readonly disk: string;
  readonly partitions: readonly Partition[];
  /** `lifeboot.toml` of the node, for commands on its state. */
  readonly config: string;
  /** How long the node took from power-on to its proof. */
  readonly provenAfterSeconds: number;
}

const PROOF_LIMIT_MS = 600_000;

export const CMDLINE = 'console=ttyS0 loglevel=4';

/** The key of the node as it would be made now. */
export function keyOfNode(kind: NodeKind): string {
  return nodeImageKey(imageOptions(kind));
}

export async function prepareNode(kind: NodeKind): Promise<PreparedNode> {
  const key = keyOfNode(kind);
  const options = imageOptions(kind);
  const image = ensureNodeImage(options);
  const partitions = nodePartitions(undefined, options.root?.sizeMiB);
  const proven = await ensureProven(`proven-${kind}`, key, image);
  const toml = join(dirname(image.disk), 'lifeboot.toml');
  writeFileSync(toml, options.config);
  return {
    kind,
    key,
    vmlinuz: image.kernel.vmlinuz,
    initrd: image.initrd,
    plainInitrd: ensurePlainInitrd(),
    disk: join(proven, 'disk.img'),
    partitions,
    config: toml,
    provenAfterSeconds: Number(readFileSync(join(proven, 'seconds'), 'utf8')),
  };
}

/** Boots the pristine node until slot a is proven, switches it off, and keeps its disk. */
async function ensureProven(name: string, key: string, image: NodeImage): Promise<string> {
  const there = join(cacheDir, `${name}-${key}`);
  if (existsSync(there)) return there;
  const dir = newRunDir(name);
  const disk = join(dir, 'disk.img');
  copyDisk(image.disk, disk);
  const farEnd = await startFarEnd(join(dir, 'far-end'), forwardEnd);
  try {
    const startedMs = Date.now();
    const options = { kernel: image.kernel.vmlinuz, initrd: image.initrd, disks: [disk], farEndPort: farEnd.port };
    const cmdline = `${CMDLINE} lifeboot.confirm.deadline=10min`;
    await withGuest({ ...options, cmdline, logFile: join(dir, 'console.log') }, async (guest) => {
      await untilProven(farEnd, guest);
      writeFileSync(join(dir, 'seconds'), `${Math.round((Date.now() - startedMs) / 1000)}\n`);
      await farEnd.login('sync; systemctl poweroff 2>/dev/null || poweroff -f', { timeoutMs: 20_000 });
      await Promise.race([guest.ended, sleep(90_000)]);
    });
  } finally {
    await farEnd.stop();
  }
  return cached(name, key, (target) => {
    mkdirSync(target);
    for (const file of ['disk.img', 'seconds', 'console.log']) copyDisk(join(dir, file), join(target, file));
    rmSync(dir, { recursive: true });
  });
}

async function untilProven(farEnd: FarEnd, guest: Guest): Promise<void> {
  const endMs = Date.now() + PROOF_LIMIT_MS;
  while (guest.running && Date.now() < endMs) {
    const { stdout } = await farEnd.login('cat /run/lifeboot/verdict', { timeoutMs: 20_000 });
    if (stdout.includes('proven')) return;
    await sleep(1000);
  }
  const said = guest.lines.slice(-20).map((line) => line.text);
  throw new Error(`a healthy node was not proven within ${PROOF_LIMIT_MS / 1000} s:\n${said.join('\n')}`);
}

/** What Debian makes without lifeboot: the node as it was before. */
function ensurePlainInitrd(): string {
  const kernel = ensureKernel();
  const key = keyOf(kernel.version, 'overlay', ...sourcesOf(['test/vm/support/debian-root.ts']));
  return cached('plain-initrd', key, (target) => {
    const tree = `${target}.tree`;
    try {
      makeNodeTree(tree, { config: '', lifeboot: false });
      put(tree, 'etc/initramfs-tools/modules', 'overlay\n');
      makeByInitramfsTools(tree, kernel, target);
    } finally {
      rmSync(tree, { recursive: true, force: true });
    }
  });
}
