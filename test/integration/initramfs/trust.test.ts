/** What the boot path's shell does not trust: the kernel's environment, and disks that can be pulled out. Root, loop devices. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';
import { inWorld, makeRoot, shells, stub, withLoops } from './shell-world.ts';

const stage = 'boot_stage /mnt/sysroot\n';
const roots = (...lines: readonly string[]): string =>
  `cat >/etc/lifeboot/fallback-roots <<'END'\n${lines.join('\n')}\nEND\n`;

spec('the shell of the boot path', {
  'lets the environment of the kernel command line change nothing': () => {
    const evil = 'export LB_SHARE=/evil LIFEBOOT_LIMIT=1 LB_RUN=/evil NODE_OPTIONS=--inspect EVIL=1\n';
    for (const shell of shells) {
      const names = `${evil}. "$BOOT/own-environment.sh"; echo "$LB_SHARE $LIFEBOOT_LIMIT$LB_RUN"`;
      assert.equal(inWorld(`BOOT=$LB_SHARE\n${names}`, shell).out, '/usr/share/lifeboot \n');
    }
    const seen = inWorld(`export EVIL=1 NODE_OPTIONS=--inspect\n${stub('env >/run/seen; exit 75')}
      (${stage})\ncat /run/seen`);
    assert.match(seen.out, /^PATH=/m);
    assert.doesNotMatch(seen.out, /EVIL|NODE_OPTIONS/);
  },
  'gives no keys to a disk that can be pulled out, unless its slot says so, and prefers one that cannot': () => {
    withTempDir((dir) => {
      mkdirSync(join(dir, 'other'));
      const images = [makeRoot(dir, 'same', 'ext4'), makeRoot(join(dir, 'other'), 'same', 'ext4')];
      withLoops(images, ([a = '', b = '']) => {
        // The kernel's word for a disk, in a copy of its place in sysfs.
        const plug = (device: string): string => {
          const name = device.slice('/dev/'.length);
          return `mkdir /run/fake; cp -r /sys/class/block/${name}/. /run/fake 2>/dev/null; echo 1 >/run/fake/removable
          mount --bind /run/fake "$(readlink -f /sys/class/block/${name})"
          mkdir -p /etc/lifeboot/identity/etc; echo key >/etc/lifeboot/identity/etc/key\n`;
        };
        const plugged = plug(a);
        const keys = `${stage}cat /mnt/sysroot/etc/key || echo none`;
        assert.equal(inWorld(`${plugged}${roots(a)}${keys}`).out.trim(), 'none');
        assert.equal(
          inWorld(`${plugged}${roots(a)}${keys} >/dev/null; grep -c 'is removable' /run/lifeboot/boot.json`).out.trim(),
          '1',
        );
        assert.equal(
          inWorld(`${plugged}echo ${a} >/etc/lifeboot/removable-roots\n${roots(a)}${keys}`).out.trim(),
          'key',
        );
        assert.equal(inWorld(`${plugged}${roots(b)}${keys}`).out.trim(), 'key');
        const find = '. "$LB_SHARE/find-device.sh"\nfind_device LABEL=same';
        // Which of the two comes first is blkid's choice.
        const found = inWorld(find).out.trim();
        assert.ok(found === a || found === b, found);
        assert.equal(inWorld(`${plug(found)}${find}`).out.trim(), found === a ? b : a);
      });
    });
  },
});
