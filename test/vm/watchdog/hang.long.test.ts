/**
 * An init that hangs, a kernel that panics, a kernel that hangs: each ends in the next attempt, with QEMU's i6300ESB and a
 * real pstore. One small node, four boots of about twenty seconds each under emulation, without a hand on it.
 */
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStatePath } from '../../../src/platform/state/open-state.ts';
import { spec } from '../../support/spec.ts';
import { makeImage } from '../boot-path/small-node.ts';
import { extractPartition, makeDisk, makeExt4, type Partition } from '../support/disk.ts';
import { newRunDir, repoDir } from '../support/places.ts';
import { type Guest, withGuest } from '../support/qemu.ts';
import { watchedKernel, watchedMachine } from './watched-node.ts';

const dir = newRunDir('watchdog-hang');
const LIMIT_MS = 600_000;

/** A busybox root whose init is `script`; under the name of systemd, or of nobody. */
function makeTree(name: string, script: string, init: string): string {
  const tree = join(dir, name);
  for (const sub of ['bin', 'sbin', 'etc', 'proc', 'sys', 'dev', 'run', 'usr/bin', 'usr/lib/systemd'])
    mkdirSync(join(tree, sub), { recursive: true });
  copyFileSync('/bin/busybox', join(tree, 'bin/busybox'));
  for (const applet of ['sh', 'cat', 'tr', 'grep', 'cut', 'ls']) symlinkSync('busybox', join(tree, 'bin', applet));
  writeFileSync(join(tree, init), script, { mode: 0o755 });
  symlinkSync(`/${init}`, join(tree, 'sbin/init'));
  writeFileSync(join(tree, 'usr/bin/systemctl'), '#!/bin/sh\n');
  chmodSync(join(tree, 'usr/bin/systemctl'), 0o755);
  return tree;
}

const REPORT = `#!/bin/busybox sh
export PATH=/bin
echo "NODE records=$(ls /sys/fs/pstore) kept=$(ls /run/lifeboot/pstore)"
echo "NODE watchdog $(cat /sys/class/watchdog/watchdog0/state)"
echo "NODE boot=$(cat /run/lifeboot/boot.json)"
busybox poweroff -n -f
`;

function makeNode(): { disk: string; partitions: Partition[] } {
  const image = (name: string): string => join(dir, `${name}.img`);
  const hanging = join(import.meta.dirname, 'hanging-systemd');
  const treeA = makeTree('a', '', 'usr/lib/systemd/systemd');
  copyFileSync(hanging, join(treeA, 'usr/lib/systemd/systemd'));
  chmodSync(join(treeA, 'usr/lib/systemd/systemd'), 0o755);
  makeExt4({ target: image('a'), sizeMiB: 24, label: 'root-a', tree: treeA });
  makeExt4({ target: image('b'), sizeMiB: 24, label: 'root-b', tree: makeTree('b', REPORT, 'bin/report') });
  const partitions: Partition[] = [
    { name: 'lifeboot-state', sizeMiB: 1 },
    { name: 'root-a', sizeMiB: 24, image: image('a') },
    { name: 'root-b', sizeMiB: 24, image: image('b') },
  ];
  makeDisk(join(dir, 'disk.img'), partitions);
  return { disk: join(dir, 'disk.img'), partitions };
}

/** Runs the node until it switches itself off; what the console said. */
async function live(disk: string): Promise<string> {
  const initrd = makeImage({
    dir,
    name: 'watched',
    kernel: watchedKernel,
    roots: ['PARTLABEL=root-a', 'PARTLABEL=root-b'],
    config: '[state]\ndevice = "PARTLABEL=lifeboot-state"\n[upper]\nkind = "tmpfs"\n[watchdog]\ntimeout = "15s"\n',
    binary: join(repoDir, 'dist/lifeboot'),
  });
  const logFile = join(dir, 'console.log');
  console.log(`console of the guest: ${logFile}`);
  const cmdline = 'console=ttyS0 quiet';
  const options = { kernel: watchedKernel.vmlinuz, initrd, cmdline, disks: [disk], logFile, more: watchedMachine(dir) };
  return withGuest(options, async (guest: Guest) => {
    const late = setTimeout(() => void guest.powerCut(), LIMIT_MS);
    await guest.ended;
    clearTimeout(late);
    const text = guest.lines.map((line) => line.text).join('\n');
    console.log(text);
    return text;
  });
}

spec('the hardware watchdog', {
  'ends an init that hangs and a kernel that hangs; a panic ends itself; each costs one attempt': async () => {
    const { disk, partitions } = makeNode();
    const text = await live(disk);
    for (const [attempt, way] of [
      [1, 'hangs'],
      [2, 'panics'],
      [3, 'freezes'],
    ] as const) {
      assert.match(text, new RegExp(`NODE attempt ${attempt}, watchdog i6300ESB timer: active, 15 s`));
      assert.match(text, new RegExp(`NODE ${way}`));
    }
    assert.match(text, /NODE told=RuntimeWatchdogSec=15s ShutdownWatchdogSec=300s RebootWatchdogSec=300s/);
    // Slot b is no systemd: there the watchdog is left alone, and degraded says so.
    assert.match(text, /NODE watchdog inactive/);
    const info = JSON.parse(/^NODE boot=(.*)$/m.exec(text)?.[1] ?? 'null');
    assert.equal(info.slot, 'b');
    assert.match(info.degraded.join('\n'), /the watchdog is not armed: the init '\/sbin\/init' would not feed it/);
    const image = join(dir, 'state.part');
    extractPartition(disk, partitions, 'lifeboot-state', image);
    const reading = openStatePath(image).read();
    assert.ok(reading.kind === 'valid');
    const { history, slots } = reading.state;
    console.log(
      history.map(({ slot, attempt, outcome, reason }) => `${slot} ${attempt} ${outcome}: ${reason}`).join('\n'),
    );
    assert.deepEqual(
      history.map(({ slot, attempt, outcome }) => `${slot} ${attempt} ${outcome}`),
      ['a 1 cut', 'a 2 failed', 'a 3 failed', 'b 1 running'],
    );
    assert.match(history[1]?.reason ?? '', /kernel panic: sysrq triggered crash/);
    assert.equal(slots['a']?.health, 'bad');
    // Each record counted once.
    assert.match(text, /NODE records= kept=dmesg-erst-\S+/);
  },
});
