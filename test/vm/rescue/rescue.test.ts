/**
 * A node whose slots are all gone: in reach of the far end through its tunnel alone, mended from there, and back.
 *
 * Guest test, root. The guest has no forwarded port; two boots in all, of about half a minute each under emulation.
 */
import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { forwardEnd, imageOptions, rescueHostKey } from '../../faults/nodes/kinds.ts';
import { spec } from '../../support/spec.ts';
import { copyDisk, extractPartition, overwritePartition } from '../support/disk.ts';
import { type FarEnd, startFarEnd } from '../support/far-end.ts';
import { ensureNodeImage, nodePartitions } from '../support/node-image.ts';
import { newRunDir } from '../support/places.ts';
import { type Guest, withGuest } from '../support/qemu.ts';
import { runTool } from '../support/run-tool.ts';

const LIMIT_MS = 240_000;
/** What is lost of each root, and brought back by hand: enough for its file system not to be one any more. */
const LOST_KIB = 64;

const options = { ...imageOptions('rescue'), name: 'test-rescue' };
const node = ensureNodeImage(options);
const partitions = nodePartitions(undefined, options.root?.sizeMiB);
const dir = newRunDir('test-rescue');
const disk = join(dir, 'disk.img');

/** The disk with the head of every root zeroed. */
function breakEverySlot(): void {
  copyDisk(node.disk, disk);
  const zeros = join(dir, 'zeros');
  writeFileSync(zeros, Buffer.alloc(LOST_KIB * 1024));
  for (const name of ['root-a', 'root-b', 'recovery']) overwritePartition(disk, partitions, name, zeros);
}

async function onNode(cmdline: string, use: (farEnd: FarEnd, guest: Guest) => Promise<void>): Promise<void> {
  const farEnd = await startFarEnd(join(dir, 'far-end'), forwardEnd);
  // The operator has pinned both: that of the node, and that of its rescue.
  appendFileSync(join(dir, 'far-end', 'node_known_hosts'), `node ${rescueHostKey()}`);
  const logFile = join(dir, 'console.log');
  console.log(`console of the guest: ${logFile}`);
  const machine = {
    kernel: node.kernel.vmlinuz,
    initrd: node.initrd,
    disks: [disk],
    logFile,
    farEndPort: farEnd.port,
  };
  try {
    await withGuest({ ...machine, cmdline: `console=ttyS0 loglevel=4 ${cmdline}` }, (guest) => use(farEnd, guest));
  } finally {
    await farEnd.stop();
  }
}

/** Logs in until `command` succeeds on the node and `isIt` likes what it printed. */
async function until(farEnd: FarEnd, guest: Guest, command: string, isIt: (out: string) => boolean): Promise<string> {
  const endMs = Date.now() + LIMIT_MS;
  while (guest.running && Date.now() < endMs) {
    const { status, stdout } = await farEnd.login(command, { timeoutMs: 30_000 });
    if (status === 0 && isIt(stdout)) return stdout;
    await sleep(2000);
  }
  throw new Error(`'${command}' never succeeded on the node; see ${dir}/console.log`);
}

async function ask(farEnd: FarEnd, command: string, input = ''): Promise<string> {
  const { status, stdout, stderr } = await farEnd.login(command, { input });
  console.log(`node# ${command}\n${stdout}${stderr}`);
  assert.ok(status === 0 || status === 3, `'${command}' on the node: exit ${status}`);
  return stdout;
}

/** The head of the healthy root, for `base64 -d` on the node. */
function lostHead(): string {
  const part = join(dir, 'root-a.part');
  extractPartition(node.disk, partitions, 'root-a', part);
  return runTool('sh', ['-c', 'head -c "$2" "$1" | base64', 'sh', part, String(LOST_KIB * 1024)]).stdout;
}

spec('a node whose slots are all gone', {
  'is reached through its tunnel, mended, and comes back by rescue retry': async () => {
    breakEverySlot();
    // What the kernel makes of these words must change nothing.
    await onNode('LB_SHARE=/nowhere LIFEBOOT_LIMIT=1 PATH=/nowhere', async (farEnd, guest) => {
      await until(farEnd, guest, 'lifeboot rescue status --json', (out) => JSON.parse(out).inRescue === true);
      const status = JSON.parse(await ask(farEnd, 'lifeboot rescue status --json'));
      assert.deepEqual([status.tunnel.tunnelUp, status.tunnel.port, status.problems], [true, 'eth0', []]);
      assert.ok(status.secondsLeft > 600 && status.secondsLeft <= 1800, String(status.secondsLeft));
      assert.match(status.reason, /nothing is left to boot/);
      assert.match(await ask(farEnd, 'lifeboot rescue status'), /is in rescue/);
      assert.match(await ask(farEnd, 'lifeboot status'), /rescue/);
      assert.match(await ask(farEnd, 'cat /proc/mounts; ps'), /sshd/);
      // The disk's own name, as the state keeps it, is there for an operator: /dev/vda2 is root-a.
      await ask(farEnd, 'base64 -d | dd of=/dev/vda2 bs=64k conv=fsync,notrunc', lostHead());
      const mark = guest.mark();
      assert.match(await ask(farEnd, 'lifeboot rescue retry a'), /the node reboots in a few seconds/);
      await guest.waitForLine(/rescue ends: slot a is tried again/, 60_000, mark);
      const boot = JSON.parse(
        await until(farEnd, guest, 'cat /run/lifeboot/boot.json', (out) => !out.includes('"rescue"')),
      );
      assert.deepEqual([boot.slot, boot.mode], ['a', 'normal']);
      await until(farEnd, guest, 'cat /run/lifeboot/verdict', (out) => out.includes('proven'));
    });
  },
});
