/**
 * Rescue in the image that Debian's own update-initramfs made: every root gone, the partition table gone, and in reach.
 *
 * Guest test, root. One boot.
 */
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spec } from '../../support/spec.ts';
import { copyDisk } from '../support/disk.ts';
import { type FarEnd, socketEnd, startFarEnd } from '../support/far-end.ts';
import { ensureNodeImage } from '../support/node-image.ts';
import { nodeToml } from '../support/node-toml.ts';
import { newRunDir } from '../support/places.ts';
import { type Guest, withGuest } from '../support/qemu.ts';
import { runTool } from '../support/run-tool.ts';

const LIMIT_MS = 300_000;
const end = socketEnd('test-rescue-deb');
const times = { deadline: '170s', hold: '20s', trialAttempts: 3 };
const config = `${nodeToml({ name: 'W023', forward: end, ...times })}\n[rescue]\n`;
const node = ensureNodeImage({ name: 'test-rescue-deb', config, initramfs: 'initramfs-tools' });
const dir = newRunDir('test-rescue-deb');

async function reach(farEnd: FarEnd, guest: Guest): Promise<string> {
  const endMs = Date.now() + LIMIT_MS;
  while (guest.running && Date.now() < endMs) {
    const { status, stdout } = await farEnd.login('lifeboot rescue status --json', { timeoutMs: 30_000 });
    if (status === 0) return stdout;
    await sleep(2000);
  }
  throw new Error(`nobody could log in; see ${dir}/console.log`);
}

spec('rescue in an image of initramfs-tools', {
  'is reached through its tunnel alone, with the host key that the hook made, on a disk without anything': async () => {
    const disk = join(dir, 'disk.img');
    copyDisk(node.disk, disk);
    runTool('dd', ['if=/dev/zero', `of=${disk}`, 'bs=1M', 'count=1', 'conv=notrunc', 'status=none']);
    runTool('truncate', ['-s', '-1M', disk]);
    const key = runTool('debugfs', ['-R', 'cat /etc/lifeboot/rescue_host_key.pub', node.rootImage]).stdout;
    const farEnd = await startFarEnd(join(dir, 'far-end'), end);
    appendFileSync(join(dir, 'far-end', 'node_known_hosts'), `node ${key}`);
    const logFile = join(dir, 'console.log');
    const machine = {
      kernel: node.kernel.vmlinuz,
      initrd: node.initrd,
      disks: [disk],
      logFile,
      farEndPort: farEnd.port,
    };
    try {
      console.log(`console of the guest: ${logFile}`);
      await withGuest({ ...machine, cmdline: 'console=ttyS0 loglevel=4 break=premount panic=0' }, async (guest) => {
        const status = JSON.parse(await reach(farEnd, guest));
        assert.deepEqual([status.inRescue, status.tunnel.tunnelUp, status.problems], [true, true, []]);
        const { stdout } = await farEnd.login('id -u; cat /run/lifeboot/boot.json');
        assert.match(stdout, /^0\n\{"bootId":"[0-9a-f]{32}","slot":null,/);
        assert.ok(!guest.lines.some(({ text }) => /\(initramfs\)/.test(text)), 'no prompt on the console');
      });
    } finally {
      await farEnd.stop();
    }
  },
});
