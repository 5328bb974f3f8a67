/**
 * A Debian node whose preferred slot has lost its init: it falls back, and its own timer examines the slot that failed
 * and says in `why` what is wrong with it; then that slot is written anew through the tunnel, and boots.
 *
 * Guest test, root. Two boots under emulation, and a slot read and written.
 */
import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spec } from '../../support/spec.ts';
import { copyDisk, overwritePartition } from '../support/disk.ts';
import { type FarEnd, socketEnd, startFarEnd } from '../support/far-end.ts';
import { ensureNodeImage, nodePartitions } from '../support/node-image.ts';
import { nodeToml } from '../support/node-toml.ts';
import { newRunDir } from '../support/places.ts';
import { type Guest, withGuest } from '../support/qemu.ts';
import { runTool } from '../support/run-tool.ts';

const LIMIT_MS = 360_000;
const end = socketEnd('test-repair');
const config = nodeToml({ name: 'W023', forward: end, deadline: '240s', hold: '20s', trialAttempts: 3 });
const node = ensureNodeImage({ name: 'test-repair', config, initramfs: 'standalone' });
const dir = newRunDir('test-repair');
const disk = join(dir, 'disk.img');

/** The root image after `debugfs` took these steps on it. */
function changedRoot(name: string, ...steps: readonly string[]): string {
  const image = join(dir, `${name}.part`);
  copyFileSync(node.rootImage, image);
  runTool('debugfs', ['-w', '-f', '-', image], { input: `${steps.join('\n')}\n` });
  return image;
}

/** Slot a without systemd; slot b with a timer that does not wait for five minutes. */
function prepareDisk(): void {
  copyDisk(node.disk, disk);
  const faster = join(dir, 'faster.conf');
  writeFileSync(faster, '[Timer]\nOnActiveSec=\nOnActiveSec=20s\nRandomizedDelaySec=0\n');
  const place = '/etc/systemd/system/lifeboot-repair-check.timer.d';
  const b = changedRoot('b', `mkdir ${place}`, `write ${faster} ${place}/faster.conf`);
  overwritePartition(disk, nodePartitions(), 'root-a', changedRoot('a', 'rm /usr/lib/systemd/systemd'));
  overwritePartition(disk, nodePartitions(), 'root-b', b);
}

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

/** Logs in until what `command` prints matches. */
async function until(farEnd: FarEnd, guest: Guest, command: string, pattern: RegExp): Promise<string> {
  const endMs = Date.now() + LIMIT_MS;
  while (guest.running && Date.now() < endMs) {
    const { stdout } = await farEnd.login(command, { timeoutMs: 30_000 });
    const text = stdout.replaceAll(/\s+/g, ' ');
    if (pattern.test(text)) return text;
    await sleep(3000);
  }
  throw new Error(`'${command}' never printed ${pattern} on the node; see ${dir}/console.log`);
}

spec('a Debian node after a fallback', {
  'examines the slot that failed by itself, and is written anew through its tunnel': async () => {
    prepareDisk();
    await onNode(async (farEnd, guest) => {
      const why = await until(farEnd, guest, 'lifeboot why', /examined at/);
      console.log(why);
      assert.match(why, /this boot: slot b/);
      assert.match(why, /a is bad: checkRoot failed: .*; examined at \S+, it is damaged \(init: /);
      const status = JSON.parse((await farEnd.login('lifeboot status --json')).stdout);
      assert.equal(status.booted.proven, true, 'the timer has waited for the verdict');
      assert.equal((await farEnd.login('systemctl --failed --no-legend --plain')).stdout, '', 'no failed unit');
      const running = await farEnd.login('lifeboot repair b --from a');
      assert.deepEqual([running.status, running.stderr.split('\n')[0]], [1, "lifeboot: slot 'b' is running"]);
      const written = await farEnd.login('lifeboot repair a --from b', { timeoutMs: LIMIT_MS });
      console.log(written.stdout);
      assert.equal(written.status, 0, written.stderr);
      assert.equal((await farEnd.login('lifeboot switch a')).status, 0);
      await farEnd.login('systemctl reboot', { timeoutMs: 20_000 });
      await until(farEnd, guest, 'lifeboot status', /runs slot a, attempt 1: proven/);
    });
  },
});
