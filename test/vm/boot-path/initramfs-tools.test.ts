/**
 * boot=lifeboot in Debian's initramfs when lifeboot fails: the fallback in shell, and no prompt whatever the command line
 * says. Three boots of a small root, about twenty seconds each under emulation.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { layOver } from '../support/lay-over.ts';
import { newRunDir } from '../support/places.ts';
import { ensureDebianInitrd } from './debian-initrd.ts';
import { bootNode, makeNodeDisk } from './small-node.ts';

const dir = newRunDir('boot-path-tools');
const disk = makeNodeDisk(dir);
const original = ensureDebianInitrd();
const stub = readFileSync(join(import.meta.dirname, 'stub-lifeboot'), 'utf8').replaceAll('/sysroot', '/root');
const settings = {
  'usr/bin/lifeboot': stub,
  // One root: the boot id would choose among more.
  'etc/lifeboot/fallback-roots': 'PARTLABEL=root-a\n',
  'etc/lifeboot/initramfs.conf': 'LIFEBOOT_LIMIT=12 LIFEBOOT_LAST_PAUSE=1\n',
};

function boot(name: string, way: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const initrd = layOver(dir, original, { ...settings, ...more });
  return bootNode({ dir, name, initrd, disk, stub: way });
}

spec('boot=lifeboot', {
  'boots the first root of the list when lifeboot crashes': async () => {
    const text = await boot('crash', 'crash');
    assert.match(text, /lifeboot was ended by signal 11/);
    assert.match(
      text,
      /NODE root=a pid=1\nNODE boot=\{"bootId":"[0-9a-f]{32}","slot":null,"attempt":null,"mode":"fallback"/,
    );
    assert.match(text, /NODE mount \/run\/lifeboot\/base \S+ ext4 ro,\S*norecovery/);
    assert.match(text, /NODE deadline=OnBootSec=16min\nNODE panic=10 oops=1/);
  },
  'leaves a lifeboot in uninterruptible sleep behind, and goes on': async () => {
    const text = await boot('stuck', 'stuck');
    assert.match(text, /stuck in uninterruptible sleep after 12 s and was left behind/);
    assert.match(text, /NODE root=a pid=1/);
    assert.match(text, /NODE stuck=1/);
  },
  'reboots instead of opening a shell, also when the command line asks for one': async () => {
    const text = await boot('no-prompt', 'fail panic=0 break=premount');
    assert.match(text, /initramfs-tools gave up: Spawning shell within the initramfs/);
    assert.match(text, /no shell is opened on an unattended node; rebooting now\n.*reboot: Restarting system/);
    assert.doesNotMatch(text, /\(initramfs\)/);
  },
});
