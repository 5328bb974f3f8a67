/**
 * A Debian slot whose systemd configuration nobody touched, on a machine with an i6300ESB: it runs for three time-outs and
 * beats its heart; then its PID 1 is frozen, and the node is back with another boot.
 *
 * Guest test, root. Two boots of about a minute and a half each under emulation, and a minute of waiting.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spec } from '../../support/spec.ts';
import { copyDisk } from '../support/disk.ts';
import { type FarEnd, socketEnd, startFarEnd } from '../support/far-end.ts';
import { ensureNodeImage } from '../support/node-image.ts';
import { nodeToml } from '../support/node-toml.ts';
import { newRunDir } from '../support/places.ts';
import { type Guest, withGuest } from '../support/qemu.ts';
import { watchedDebian, watchedKernel, watchedMachine } from './watched-node.ts';

const TIMEOUT_SECONDS = 20;
const BOOT_LIMIT_MS = 300_000;
const end = socketEnd('test-watchdog');
const config = `${nodeToml({ name: 'W023', forward: end, deadline: '240s', hold: '10s', trialAttempts: 3 })}
[watchdog]
timeout = "${TIMEOUT_SECONDS}s"
heartbeat = "/run/heartbeat"
`;
const node = ensureNodeImage({
  ...{ name: 'test-watchdog', config, initramfs: 'standalone' },
  ...{ kernel: watchedKernel, root: watchedDebian },
});
const dir = newRunDir('watchdog-systemd');
const disk = join(dir, 'disk.img');

async function ask(farEnd: FarEnd, command: string): Promise<string> {
  const { status, stdout, stderr } = await farEnd.login(command);
  assert.equal(status, 0, `'${command}' on the node: exit ${status}, ${stderr}${stdout}`);
  return stdout.trim();
}

/** Logs in until the boot is proven, and returns its id. */
async function untilProven(farEnd: FarEnd, guest: Guest, notBoot: string): Promise<string> {
  const endMs = Date.now() + BOOT_LIMIT_MS;
  while (guest.running && Date.now() < endMs) {
    const command = 'grep -q proven /run/lifeboot/verdict && cat /proc/sys/kernel/random/boot_id';
    const { status, stdout } = await farEnd.login(command, { timeoutMs: 30_000 });
    if (status === 0 && stdout.trim() !== notBoot) return stdout.trim();
    await sleep(2000);
  }
  throw new Error(`the node was not proven; see ${dir}/console.log`);
}

/** What is true of a watchdog that was handed over, from outside and as systemd sees it. */
async function checkHandedOver(farEnd: FarEnd): Promise<void> {
  const attribute = (name: string) => ask(farEnd, `cat /sys/class/watchdog/watchdog0/${name}`);
  assert.deepEqual(
    [await attribute('identity'), await attribute('state'), await attribute('timeout')],
    ['i6300ESB timer', 'active', String(TIMEOUT_SECONDS)],
  );
  const shown = await ask(farEnd, 'systemctl show --property=RuntimeWatchdogUSec,RebootWatchdogUSec');
  assert.match(shown, /^RuntimeWatchdogUSec=20s$/m);
  assert.match(shown, /^RebootWatchdogUSec=5min$/m);
  const own = await ask(farEnd, 'grep -hs Watchdog /etc/systemd/system.conf /etc/systemd/system.conf.d/* || :');
  assert.ok(
    own.split('\n').every((line) => line === '' || line.startsWith('#')),
    `the slot has its own: ${own}`,
  );
  const status = await farEnd.login('lifeboot status --json');
  assert.deepEqual(JSON.parse(status.stdout).degraded, []);
  const doctor = await farEnd.login('lifeboot doctor');
  assert.match(doctor.stdout, /^ok +watchdog: watchdog0 \(i6300ESB timer\) runs, 20 s$/m);
  assert.doesNotMatch(doctor.stdout, /^(warn|fail) +watchdog/m);
}

spec('an untouched systemd', {
  'runs for three time-outs of the watchdog, and frozen it ends in the next attempt': async () => {
    copyDisk(node.disk, disk);
    const farEnd = await startFarEnd(join(dir, 'far-end'), end);
    const logFile = join(dir, 'console.log');
    console.log(`console of the guest: ${logFile}`);
    const options = {
      ...{ kernel: node.kernel.vmlinuz, initrd: node.initrd, cmdline: 'console=ttyS0 loglevel=4', disks: [disk] },
      ...{ logFile, farEndPort: farEnd.port, more: watchedMachine(dir) },
    };
    try {
      await withGuest(options, async (guest) => {
        const first = await untilProven(farEnd, guest, '');
        await checkHandedOver(farEnd);
        assert.match(await ask(farEnd, 'cat /run/heartbeat'), /^[\d.]+$/, 'the heart beats since the proof');
        await sleep(3 * TIMEOUT_SECONDS * 1000 + 5000);
        assert.equal(await ask(farEnd, 'cat /proc/sys/kernel/random/boot_id'), first, 'three time-outs later');
        await farEnd.login('echo 1 >/sys/fs/cgroup/init.scope/cgroup.freeze');
        const frozenMs = Date.now();
        const second = await untilProven(farEnd, guest, first);
        console.log(`back ${Math.round((Date.now() - frozenMs) / 1000)} s after PID 1 froze`);
        assert.notEqual(second, first);
        const log = JSON.parse((await farEnd.login('lifeboot log --json')).stdout) as { bootId: string }[];
        assert.deepEqual(
          log.map(({ bootId }) => bootId),
          [first, second].map((id) => id.replaceAll('-', '')),
        );
      });
    } finally {
      await farEnd.stop();
    }
  },
});
