/**
 * One Debian node whose initramfs Debian's own update-initramfs made: booted, proven, powered off, and given another
 * image in its good slot.
 *
 * Guest test, root. Two boots in all; each takes about a minute under emulation.
 */
import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spec } from '../../support/spec.ts';
import { copyDisk, extractPartition, overwritePartition } from '../support/disk.ts';
import { type FarEnd, socketEnd, startFarEnd } from '../support/far-end.ts';
import { ensureNodeImage, nodePartitions } from '../support/node-image.ts';
import { nodeToml } from '../support/node-toml.ts';
import { newRunDir } from '../support/places.ts';
import { type Guest, withGuest } from '../support/qemu.ts';
import { runTool } from '../support/run-tool.ts';

const BOOT_LIMIT_MS = 240_000;
const end = socketEnd('test-debian');
const times = { deadline: '170s', hold: '20s', trialAttempts: 3 };
const config = nodeToml({ name: 'W023', forward: end, ...times });

const node = ensureNodeImage({ name: 'test-debian', config, initramfs: 'initramfs-tools' });
const dir = newRunDir('test-debian');
const disk = join(dir, 'disk.img');

/** Boots the node's disk, hands a login to `use`, and ends the guest. */
async function onNode(use: (farEnd: FarEnd, guest: Guest) => Promise<void>): Promise<void> {
  const farEnd = await startFarEnd(join(dir, 'far-end'), end);
  const logFile = join(dir, 'console.log');
  const cmdline = 'console=ttyS0 loglevel=4';
  const { vmlinuz } = node.kernel;
  try {
    const options = { kernel: vmlinuz, initrd: node.initrd, cmdline, disks: [disk], logFile, farEndPort: farEnd.port };
    console.log(`console of the guest: ${logFile}`);
    await withGuest(options, (guest) => use(farEnd, guest));
  } finally {
    await farEnd.stop();
  }
}

/** What a command printed on the node; 3 is the answer of a reading verb with something degraded. */
async function ask(farEnd: FarEnd, command: string): Promise<string> {
  const { status, stdout, stderr } = await farEnd.login(command);
  assert.ok(status === 0 || status === 3, `'${command}' on the node: exit ${status}, ${stderr}${stdout}`);
  return stdout;
}

/** Logs in until `command` succeeds on the node. */
async function until(farEnd: FarEnd, guest: Guest, command: string): Promise<string> {
  const endMs = Date.now() + BOOT_LIMIT_MS;
  while (guest.running && Date.now() < endMs) {
    const { status, stdout } = await farEnd.login(command, { timeoutMs: 30_000 });
    if (status === 0) return stdout;
    await sleep(2000);
  }
  throw new Error(`'${command}' never succeeded on the node; see ${dir}/console.log`);
}

async function proveFirstBoot(farEnd: FarEnd, guest: Guest): Promise<void> {
  await until(farEnd, guest, 'test -e /run/lifeboot/verdict');
  const status = JSON.parse(await ask(farEnd, 'lifeboot status --json'));
  console.log(await ask(farEnd, 'lifeboot status'));
  assert.equal(status.booted.slot, 'a');
  assert.equal(status.booted.proven, true);
  assert.equal(status.slots.a.health, 'good');
  assert.equal(status.slots.a.attempts, 0);
  assert.deepEqual(status.degraded, []);
  assert.equal(await ask(farEnd, 'systemctl --failed --no-legend --plain'), '', 'no failed unit');
  assert.match(await ask(farEnd, 'findmnt --noheadings --output FSTYPE /'), /^overlay/);
  assert.match(await ask(farEnd, 'findmnt --noheadings --output OPTIONS /run/lifeboot/base'), /^ro\b/);
  assert.match(await ask(farEnd, 'ls /run/lifeboot/base/usr/lib/systemd/systemd'), /systemd/);
  assert.equal(await ask(farEnd, 'echo kept >/var/lib/kept && cat /var/lib/kept'), 'kept\n');
}

async function powerOff(farEnd: FarEnd, guest: Guest): Promise<void> {
  await farEnd.login('systemctl poweroff', { timeoutMs: 20_000 });
  const ended = await Promise.race([guest.ended, sleep(90_000, 'still running')]);
  assert.notEqual(ended, 'still running', 'the node powers off');
}

/** The root image with one more file and another version, as a new release would come. */
function newRelease(): string {
  const image = join(dir, 'release.part');
  const text = join(dir, 'base-id');
  copyFileSync(node.rootImage, image);
  writeFileSync(text, 'field-os 2.0\n');
  runTool('debugfs', ['-w', '-f', '-', image], {
    input: `rm /usr/lib/lifeboot/base-id\nwrite ${text} /usr/lib/lifeboot/base-id\n`,
  });
  return image;
}

spec('a Debian node with initramfs-tools', {
  'is proven through its tunnel, works like a plain Debian, and leaves its disk clean at power off': async () => {
    copyDisk(node.disk, disk);
    await onNode(async (farEnd, guest) => {
      await proveFirstBoot(farEnd, guest);
      await powerOff(farEnd, guest);
    });
    const data = join(dir, 'data.part');
    extractPartition(disk, nodePartitions(), 'system-data', data);
    const header = runTool('dumpe2fs', ['-h', data]).stdout;
    assert.doesNotMatch(header, /needs_recovery/);
    assert.match(header, /Filesystem state: +clean/);
  },

  'takes an image that dd wrote into its good slot for a trial, and says why': async () => {
    overwritePartition(disk, nodePartitions(), 'root-a', newRelease());
    await onNode(async (farEnd, guest) => {
      const boot = JSON.parse(await until(farEnd, guest, 'cat /run/lifeboot/boot.json'));
      console.log(boot.trace.join('\n'));
      assert.equal(boot.slot, 'a');
      assert.equal(boot.attempt, 1);
      const status = JSON.parse(await ask(farEnd, 'lifeboot status --json'));
      assert.equal(status.slots.a.health, 'trial', 'a proof belongs to what was proven, not to the name of a slot');
      assert.match(
        await ask(farEnd, 'lifeboot why'),
        /it holds field-os 2\.0[\s\S]*not\s+the\s+recorded\s+field-os\s+1\.0/,
      );
      const kept = await farEnd.login('cat /var/lib/kept');
      assert.equal(kept.status, 1, 'the upper of the old image is not laid over the new one');
    });
  },
});
