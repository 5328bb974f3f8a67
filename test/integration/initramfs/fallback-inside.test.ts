/** Booting without lifeboot from an image file or an OSTree deployment. Root, mounts, loop devices. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';
import { makeBtrfs } from '../root/btrfs-disk.ts';
import { digest, run, withNode } from '../root/disks.ts';
import { makeOstreeDisk } from '../root/ostree-disk.ts';
import { inWorld, makeRoot, shells } from './shell-world.ts';

const list = (...lines: readonly string[]): string =>
  `rm -f /usr/bin/lifeboot; cat >/etc/lifeboot/fallback-roots <<'END'\n${lines.join('\n')}\nEND\n`;
const stage = 'boot_stage /mnt/sysroot\n';

spec('the fallback, from what is inside a file system', {
  'boots an OSTree deployment under memory, with the /var of its stateroot, and writes no disk': () => {
    withNode((node) => {
      const disk = makeOstreeDisk(node, ['1', '2']);
      node.within(disk.file, (dir) => writeFileSync(join(dir, 'ostree/deploy/debian/var/own'), 'own\n'));
      const before = digest(disk.file);
      const show = `. /mnt/sysroot/usr/lib/os-release; echo $VERSION_ID; cat /mnt/sysroot/var/own
        echo x >/mnt/sysroot/etc/x && echo x >/mnt/sysroot/var/x && cat /run/lifeboot/init\n`;
      for (const [name, version] of [
        ['debian', '2'],
        ['debian/1', '1'],
        [`debian/${disk.commits[0]}.0`, '1'],
      ] as const) {
        for (const shell of shells) {
          const { status, out } = inWorld(`${list(`${disk.device} ostree=${name}`)}${stage}${show}`, shell);
          assert.equal(status, 0);
          assert.deepEqual(out.trim().split('\n').slice(-3), [version, 'own', '/sbin/init'], name);
        }
      }
      run('blockdev', '--setrw', disk.device);
      run('sync', disk.device);
      assert.equal(digest(disk.file), before);
    });
  },
  'goes on to the next root where there is no such deployment, or a link would lead out': () => {
    withNode((node) => {
      const disk = makeOstreeDisk(node, ['1']);
      const good = node.attach(makeRoot(node.dir, 'good', 'ext4'));
      node.within(disk.file, (dir) => symlinkSync('/etc', join(dir, 'ostree/deploy/evil')));
      const names = ['gone', 'debian/1', `debian/${'0'.repeat(64)}.0`, 'evil', '..'];
      const lines = names.map((name) => `${disk.device} ostree=${name}`);
      const { out, console: said } = inWorld(`${list(...lines, good)}${stage}cat /mnt/sysroot/etc/name\n`);
      assert.equal(out.trim(), 'good');
      for (const name of names) assert.ok(said.includes(`there is no OSTree deployment '${name}'`), name);
    });
  },
  'boots a subvolume, read-only under memory, and goes on where there is none of that name': () => {
    withNode((node) => {
      const { device, within } = makeBtrfs(node);
      const tree = join(node.dir, 'tree');
      mkdirSync(tree);
      run('mount', makeRoot(node.dir, 'inside', 'ext4'), tree);
      within((top) => {
        mkdirSync(join(top, '@roots'));
        run('btrfs', '-q', 'subvolume', 'create', join(top, '@roots/written'));
        run('cp', '-a', `${tree}/.`, join(top, '@roots/written'));
        run('btrfs', '-q', 'subvolume', 'snapshot', '-r', join(top, '@roots/written'), join(top, '@roots/my a'));
      });
      run('umount', tree);
      const lines = ['gone', '@roots', '@roots/my a'].map((name) => `${device} subvolume=${name}`);
      const show = 'cat /mnt/sysroot/etc/name; echo x >/mnt/sysroot/etc/x; cat /mnt/sysroot/etc/x\n';
      for (const shell of shells) {
        const { out, console: said } = inWorld(`${list(...lines)}${stage}${show}`, shell);
        assert.deepEqual(out.trim().split('\n').slice(-2), ['inside', 'x']);
        for (const name of ['gone', '@roots']) assert.ok(said.includes(`there is no subvolume '${name}' on`), name);
        // Where memory cannot be laid over it, the device is protected from its own system.
        run('blockdev', '--setrw', device);
      }
      within((top) => assert.throws(() => run('cat', join(top, '@roots/my a/etc/x'))));
    });
  },
  'boots an image file, with spaces in its name too, and leaves no loop device': () => {
    withNode((node) => {
      const file = node.makeImage('ext4', {}, { sizeMiB: 48 });
      node.within(file, (dir) => {
        mkdirSync(join(dir, 'images'));
        run('cp', makeRoot(node.dir, 'inside', 'squashfs'), join(dir, 'images/my a.img'));
        symlinkSync('/images/my a.img', join(dir, 'current'));
      });
      const device = node.attach(file);
      const show = 'cat /mnt/sysroot/etc/name; grep -c /run/lifeboot/carrier /proc/mounts\n';
      for (const image of ['images/my a.img', 'current']) {
        const { out } = inWorld(`${list(`${device} image=images/gone`, `${device} image=${image}`)}${stage}${show}`);
        assert.equal(out.trim(), 'inside\n1');
      }
      assert.doesNotMatch(run('losetup', '--list', '--noheadings', '--output', 'BACK-FILE'), /my a\.img/);
    });
  },
});

spec('fallback_roots', {
  'names the image or the deployment on each root': () => {
    withTempDir((dir) => {
      const slots = [
        '[slots.r]\nroot = "LABEL=rec"\nrole = "recovery"',
        '[slots.a]\nroot = "LABEL=sys"\nostree = "debian/1"',
        '[slots.c]\nroot = "LABEL=sys"\nsubvolume = "@roots/my c"',
        '[slots.b]\nimage = "images/my b.img"\nroot = "LABEL=two words"',
      ];
      writeFileSync(join(dir, 'lifeboot.toml'), slots.join('\n'));
      const script = 'work=$1; . "$2/initramfs/build/config.sh"; fallback_roots "$1/lifeboot.toml"';
      const repo = resolve(import.meta.dirname, '../../..');
      const { stdout } = spawnSync('bash', ['-c', script, 'bash', dir, repo], { encoding: 'utf8' });
      assert.equal(
        stdout,
        'LABEL=sys ostree=debian/1\nLABEL=sys subvolume=@roots/my c\nLABEL=two words image=images/my b.img\nLABEL=rec\n',
      );
    });
  },
});
