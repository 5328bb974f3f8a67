/**
 * The standalone /init in small guests: hand-over, and each way in which lifeboot can fail, up to a process that nobody
 * can kill. Eight boots of about ten seconds under emulation, and a pause of a minute in one of them.
 */
import assert from 'node:assert/strict';
import { chmodSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { newRunDir, repoDir } from '../support/places.ts';
import { bootNode, makeImage, makeNodeDisk } from './small-node.ts';

const dir = newRunDir('boot-path');
const disk = makeNodeDisk(dir);
// One root: the boot id would choose among more.
const initrd = makeImage({ dir, name: 'stub', roots: ['PARTLABEL=root-a'] });

/** Boots with a stand-in that behaves in this way. */
const boot = (stub: string): Promise<string> => bootNode({ dir, name: stub, initrd, disk, stub });

/** What the small root found in /run/lifeboot/boot.json. */
function record(text: string): { mode: string; slot: string | null; bootId: string; degraded: string[] } {
  return JSON.parse(/^NODE boot=(.*)$/m.exec(text)?.[1] ?? 'null');
}

/** A fallback onto root-a that is as it should be, and says `reason`. */
function assertFallback(text: string, reason: RegExp): void {
  const { mode, slot, bootId, degraded } = record(text);
  assert.match(degraded.join('\n'), reason);
  assert.match(text, reason);
  assert.deepEqual([mode, slot], ['fallback', null]);
  assert.ok(text.includes(`NODE bootId=${bootId}`), 'boot.json names the boot id of this boot');
  assert.match(text, /NODE root=a pid=1/);
  assert.match(text, /NODE mount \/run\/lifeboot\/base \S+ ext4 ro,\S*norecovery/);
  assert.match(text, /NODE mount \/ lifeboot overlay /);
  assert.match(text, /NODE file \/etc\/hostname 640 5\nNODE file \/etc\/machine-id 444 33/);
  assert.match(text, /NODE deadline=OnBootSec=15min 1min/);
  assert.match(text, /NODE panic=10 oops=1/);
}

spec('initramfs/init', {
  'hands over to the root that lifeboot assembled, with what it left in /run': async () => {
    const text = await boot('works');
    assert.deepEqual(record(text), { mode: 'normal', slot: 'a' });
    assert.match(text, /NODE root=a pid=1/);
    assert.match(text, /NODE mount \/run\/lifeboot\/base .* ro,/);
    assert.match(text, /NODE stuck=0\nNODE left=0/);
  },
  'boots without lifeboot when that crashes': async () => {
    assertFallback(await boot('crash'), /ended by signal 11/);
  },
  'kills a lifeboot that hangs half-way, and undoes what it mounted': async () => {
    const text = await boot('hang');
    assertFallback(text, /did not end within 12 s and was killed/);
    assert.match(text, /NODE left=0/);
  },
  'leaves a lifeboot in uninterruptible sleep behind': async () => {
    const text = await boot('stuck');
    assertFallback(text, /stuck in uninterruptible sleep after 12 s and was left behind/);
    assert.match(text, /NODE stuck=1/);
  },
  'takes the other root when lifeboot is missing and one has no init': async () => {
    // No program at all: what is at /usr/bin/lifeboot cannot be executed.
    const missing = join(dir, 'no-program');
    writeFileSync(missing, '#!/nowhere/interpreter\n');
    chmodSync(missing, 0o755);
    const roots = ['PARTLABEL=system-data', 'PARTLABEL=root-b'];
    const image = makeImage({ dir, name: 'missing', roots, binary: missing });
    const text = await bootNode({ dir, name: 'missing', initrd: image, disk });
    assert.match(text, /lifeboot is missing from this initramfs/);
    assert.match(text, /NODE root=b pid=1/);
    assert.match(text, /NODE mount \/run\/lifeboot\/base \S+ squashfs ro,/);
  },
  'reboots after a minute when no root works': async () => {
    const image = makeImage({ dir, name: 'none', roots: ['PARTLABEL=system-data'] });
    const text = await bootNode({ dir, name: 'none', initrd: image, disk, stub: 'fail' });
    assert.match(text, /no root works; the next try is after a reboot in 60 s/);
    assert.match(text, /no root works; rebooting now\n.*reboot: Restarting system/);
  },
  'boots the small node by the real lifeboot, and without it once the end of the image is torn': async () => {
    const config = `[state]\ndevice = "PARTLABEL=lifeboot-state"\n[upper]\nkind = "persistent"\ndevice = "PARTLABEL=system-data"\n`;
    const binary = join(repoDir, 'dist/lifeboot');
    const roots = ['PARTLABEL=root-a', 'PARTLABEL=root-b'];
    const image = makeImage({ dir, name: 'real', roots, config, binary });
    // The stand-in with the frozen file system had the other disk, too.
    const freshDisk = makeNodeDisk(join(dir, 'fresh'));
    const text = await bootNode({ dir, name: 'real', initrd: image, disk: freshDisk });
    const { mode, slot } = record(text);
    assert.deepEqual([mode, slot], ['normal', 'a']);
    assert.match(text, /slot a is chosen: trial, 0 of 3 attempts used/);
    assert.match(text, /NODE mount \/run\/lifeboot\/data \S+ ext4 rw/);
    assert.match(text, /NODE file \/etc\/hostname 640 5/);
    // A torn write: what the kernel unpacked before it still boots something.
    const { size } = statSync(image);
    truncateSync(image, size - 8_000_000);
    truncateSync(image, size);
    const damaged = await bootNode({ dir, name: 'damaged', initrd: image, disk: freshDisk });
    assert.equal(record(damaged).mode, 'fallback');
    assert.match(damaged, /NODE root=[ab] pid=1/);
  },
});
