/**
 * Rescue in the image that Debian's own update-initramfs made: in reach where the whole disk is empty, never without the
 * pinned host key, and at its end a reboot.
 *
 * Guest test, root. Three boots.
 */
import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spec } from '../../support/spec.ts';
import { FAR_END_NAME } from '../support/debian-root.ts';
import { copyDisk, overwritePartition } from '../support/disk.ts';
import { type FarEnd, socketEnd, startFarEnd } from '../support/far-end.ts';
import { keyPair } from '../support/keys.ts';
import { layOver } from '../support/lay-over.ts';
import { ensureNodeImage, nodePartitions } from '../support/node-image.ts';
import { nodeToml } from '../support/node-toml.ts';
import { newRunDir } from '../support/places.ts';
import { FAR_END_ADDRESS, type Guest, withGuest } from '../support/qemu.ts';
import { runTool } from '../support/run-tool.ts';

const LIMIT_MS = 300_000;
const end = socketEnd('test-rescue-deb');
const times = { deadline: '170s', hold: '20s', trialAttempts: 3 };
// By its address, too: an initramfs knows no names of its own.
const toml = nodeToml({ name: 'W023', forward: end, ...times });
const config = `${toml.replace(`"${FAR_END_NAME}"`, `["${FAR_END_NAME}", "${FAR_END_ADDRESS}"]`)}\n[rescue]\n`;
const node = ensureNodeImage({ name: 'test-rescue-deb', config, initramfs: 'initramfs-tools' });
const dir = newRunDir('test-rescue-deb');

async function reach(farEnd: FarEnd, guest: Guest): Promise<string> {
  const endMs = Date.now() + LIMIT_MS;
  while (guest.running && Date.now() < endMs) {
    const { status, stdout } = await farEnd.login('lifeboot rescue status --json', { timeoutMs: 30_000 });
    // 3: rescue works, and says that something is amiss.
    if (status === 0 || status === 3) return stdout;
    await sleep(2000);
  }
  throw new Error(`nobody could log in; see ${dir}/console.log`);
}

/** Starts the far end, then a guest on `disk` with this image. */
async function onNode(
  initrd: string,
  disk: string,
  cmdline: string,
  use: (farEnd: FarEnd, guest: Guest) => Promise<void>,
): Promise<void> {
  const key = runTool('debugfs', ['-R', 'cat /etc/lifeboot/rescue_host_key.pub', node.rootImage]).stdout;
  const farEnd = await startFarEnd(join(dir, 'far-end'), end);
  appendFileSync(join(dir, 'far-end', 'node_known_hosts'), `node ${key}`);
  const logFile = join(dir, 'console.log');
  console.log(`console of the guest: ${logFile}`);
  const machine = { kernel: node.kernel.vmlinuz, initrd, disks: [disk], logFile, farEndPort: farEnd.port };
  try {
    await withGuest({ ...machine, cmdline: `console=ttyS0 loglevel=4 ${cmdline}` }, (guest) => use(farEnd, guest));
  } finally {
    await farEnd.stop();
  }
}

function newDisk(name: string): string {
  const disk = join(dir, name);
  copyDisk(node.disk, disk);
  return disk;
}

spec('rescue in an image of initramfs-tools', {
  'is reached through its tunnel alone, with the host key that the hook made, on a disk without anything': async () => {
    const disk = newDisk('empty.img');
    runTool('dd', ['if=/dev/zero', `of=${disk}`, 'bs=1M', 'count=1', 'conv=notrunc', 'status=none']);
    runTool('truncate', ['-s', '-1M', disk]);
    await onNode(node.initrd, disk, 'panic=0', async (farEnd, guest) => {
      const status = JSON.parse(await reach(farEnd, guest));
      assert.deepEqual([status.inRescue, status.tunnel.tunnelUp, status.problems], [true, true, []]);
      const { stdout } = await farEnd.login('id -u; cat /run/lifeboot/boot.json');
      assert.match(stdout, /^0\n\{"bootId":"[0-9a-f]{32}","slot":null,/);
      assert.ok(!guest.lines.some(({ text }) => /\(initramfs\)/.test(text)), 'no prompt on the console');
    });
  },

  'refuses a server with another host key for as long as rescue lasts, then reboots, and lasts twice as long':
    async () => {
      const disk = newDisk('broken.img');
      const zeros = join(dir, 'zeros');
      writeFileSync(zeros, Buffer.alloc(64 * 1024));
      for (const name of ['root-a', 'root-b', 'recovery']) overwritePartition(disk, nodePartitions(), name, zeros);
      const initrd = layOver(dir, node.initrd, {
        'etc/lifeboot/lifeboot.toml': config.replace('[rescue]', '[rescue]\ntime = "1min"'),
        'etc/lifeboot/identity/etc/lifeboot/known_hosts': `${FAR_END_NAME} ${keyPair('stranger').publicText}\n`,
      });
      await onNode(initrd, disk, '', async (farEnd, guest) => {
        await guest.waitForLine(/rescue for 60 s/, LIMIT_MS);
        await guest.waitForLine(/tunnel: Host key verification failed/, LIMIT_MS);
        assert.equal((await farEnd.login('true')).status, 255);
        const over = await guest.waitForLine(/rescue ends: its time is over/, LIMIT_MS);
        await guest.waitForLine(/rescue for 120 s/, LIMIT_MS, guest.lines.indexOf(over));
        assert.ok(!guest.lines.some(({ text }) => /the tunnel is up/.test(text)));
      });
    },
});
