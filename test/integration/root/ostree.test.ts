/** Deployments of a real OSTree repository as roots. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mountAt } from '../../../src/core/root/mountinfo.ts';
import { spec } from '../../support/spec.ts';
import { digest, mounts, type Node, run, withNode } from './disks.ts';
import { makeOstreeDisk, NEWEST, runInside, statusOutside, withOstree } from './ostree-disk.ts';

function options(node: Node, path: string): readonly string[] {
  return mountAt(mounts(), join(node.newRoot, path))?.options ?? [];
}

spec('assembleOstree()', {
  'makes a root in which ostree knows the booted deployment, and leaves the repository as it was': () => {
    withOstree(['1', '2'], (node, disk) => {
      const before = statusOutside(node, disk);
      const { found, degraded } = node.assemble({ root: disk.device, ostree: NEWEST }, { kind: 'persistent' });
      assert.deepEqual([found.deployment.id, found.deployment.version], [disk.commits[1], 'test 2']);
      assert.deepEqual(degraded, []);
      assert.equal(node.builder.check(null), '/sbin/init');
      const status = runInside(node, 'ostree', 'admin', 'status');
      assert.match(status, new RegExp(`^\\* debian ${disk.commits[1]}\\.0$`, 'm'));
      assert.match(status, new RegExp(`^ {2}debian ${disk.commits[0]}\\.0`, 'm'));
      node.builder.release();
      assert.equal(statusOutside(node, disk), before);
      assert.equal(existsSync(join(node.dir, 'run/ostree-booted')), false);
    });
  },
  'shows /usr read-only, /etc of the deployment, /var of the stateroot, and all of the disk at /sysroot': () => {
    withOstree(['1'], (node, disk) => {
      node.assemble({ root: disk.device, ostree: NEWEST }, { kind: 'persistent' });
      assert.ok(options(node, 'usr').includes('ro'));
      assert.throws(() => writeFileSync(join(node.newRoot, 'usr/x'), ''), /EROFS/);
      writeFileSync(join(node.newRoot, 'etc/own'), 'kept\n');
      writeFileSync(join(node.newRoot, 'var/own'), 'kept\n');
      assert.ok(existsSync(join(node.newRoot, 'sysroot/ostree/repo/config')));
      assert.ok(existsSync(join(node.newRoot, 'boot/loader/entries')));
      // One view of the disk, as ostree-prepare-root leaves it.
      assert.deepEqual(
        node.mounted().filter((point) => !point.startsWith(node.newRoot)),
        [],
      );
      node.builder.release();
      node.within(disk.file, (dir) => {
        const home = join(dir, 'ostree/deploy/debian');
        assert.equal(readFileSync(join(home, 'var/own'), 'utf8'), 'kept\n');
        assert.equal(readFileSync(join(home, `deploy/${disk.commits[0]}.0/etc/own`), 'utf8'), 'kept\n');
      });
    });
  },
  'keeps /sysroot read-only where the repository asks for that, and /etc and /var writable': () => {
    withOstree(['1'], (node, disk) => {
      node.within(disk.file, (dir) =>
        run('ostree', `--repo=${join(dir, 'ostree/repo')}`, 'config', 'set', 'sysroot.readonly', 'true'),
      );
      node.assemble({ root: disk.device, ostree: NEWEST }, { kind: 'persistent' });
      assert.ok(options(node, 'sysroot').includes('ro'));
      for (const name of ['etc', 'var']) writeFileSync(join(node.newRoot, name, 'own'), '');
      assert.match(runInside(node, 'ostree', 'admin', 'status'), /^\* debian/m);
      assert.ok(existsSync(join(node.dir, 'run/ostree-sysroot-ro.stamp')));
    });
  },
  'boots clean with /etc as it was committed and an empty /var, and writes nothing to the disk': () => {
    withOstree(['1'], (node, disk) => {
      node.within(disk.file, (dir) => {
        const home = join(dir, 'ostree/deploy/debian');
        writeFileSync(join(home, `deploy/${disk.commits[0]}.0/etc/hostname`), 'broken\n');
        writeFileSync(join(home, 'var/broken'), '');
      });
      const before = digest(disk.file);
      node.assemble({ root: disk.device, ostree: NEWEST }, { kind: 'tmpfs' });
      assert.equal(node.inRoot('etc/hostname'), 'from-the-commit\n');
      assert.equal(existsSync(join(node.newRoot, 'var/broken')), false);
      for (const name of ['etc', 'var']) writeFileSync(join(node.newRoot, name, 'gone'), '');
      assert.match(runInside(node, 'ostree', 'admin', 'status'), /^\* debian/m);
      node.builder.release();
      run('sync', disk.device);
      assert.equal(digest(disk.file), before);
    });
  },
  'seals /etc and /var after the check when no upper is configured': () => {
    withOstree(['1'], (node, disk) => {
      node.assemble({ root: disk.device, ostree: NEWEST }, { kind: 'none' });
      node.builder.check(null);
      for (const name of ['etc', 'var'])
        assert.throws(() => writeFileSync(join(node.newRoot, name, 'x'), ''), /EROFS/, name);
    });
  },
  'covers /etc and /var with memory, and says so, where the disk cannot be written': () => {
    withOstree(['1'], (node, disk) => {
      node.within(disk.file, (dir) => writeFileSync(join(dir, 'ostree/deploy/debian/var/own'), 'kept\n'));
      const device = node.attach(disk.file, '--read-only');
      const { degraded } = node.assemble({ root: device, ostree: NEWEST }, { kind: 'persistent' });
      assert.match(degraded.join(), /kept in memory only and lost at the next boot.*(read-only|write-protected)/);
      assert.equal(node.inRoot('var/own'), 'kept\n');
      for (const name of ['etc', 'var']) writeFileSync(join(node.newRoot, name, 'x'), '');
      assert.match(runInside(node, 'ostree', 'admin', 'status'), /^\* debian/m);
    });
  },
  'covers them, too, where the disk is full': () => {
    withOstree(['1'], (node, disk) => {
      node.within(disk.file, (dir) => {
        try {
          writeFileSync(join(dir, 'ostree/deploy/debian/var/fill'), Buffer.alloc(64 * 1024 * 1024));
        } catch {
          // That was the point.
        }
      });
      const { degraded } = node.assemble({ root: disk.device, ostree: NEWEST }, { kind: 'persistent' });
      assert.match(degraded.join(), /memory only.*the file system of the deployment is full/);
      writeFileSync(join(node.newRoot, 'etc/x'), 'x'.repeat(100_000));
    });
  },
  'boots a deployment that was unlocked as it was committed, and says so': () => {
    withOstree(['1'], (node, disk) => {
      node.within(disk.file, (dir) => {
        const place = join(dir, `ostree/deploy/debian/deploy/${disk.commits[0]}.0`);
        run('chattr', '-i', place);
        for (const name of ['.usr-ovl-upper', '.usr-ovl-work']) mkdirSync(join(place, name));
      });
      const { degraded } = node.assemble({ root: disk.device, ostree: NEWEST }, { kind: 'persistent' });
      assert.match(degraded.join(), /booted without those changes to \/usr/);
    });
  },
  'replays the journal of a disk that lost power: what was written then is there': () => {
    withOstree(['1'], (node, disk) => {
      const dir = join(node.dir, 'live');
      mkdirSync(dir);
      run('mount', disk.file, dir);
      writeFileSync(join(dir, 'ostree/deploy/debian/var/late'), 'fsynced\n');
      // Of the file alone: its name is in the journal then, and nowhere else.
      run('sync', join(dir, 'ostree/deploy/debian/var/late'));
      run('cp', '--sparse=always', disk.file, `${disk.file}.cut`);
      run('umount', dir);
      const { found } = node.assemble(
        { root: node.attach(`${disk.file}.cut`), ostree: NEWEST },
        { kind: 'persistent' },
      );
      assert.match(found.notes.join(), /journal is dirty/);
      assert.equal(node.inRoot('var/late'), 'fsynced\n');
    });
  },
  'does not make a disk writable whose journal could not be replayed': () => {
    withOstree(['1'], (node, disk) => {
      const dir = join(node.dir, 'live');
      mkdirSync(dir);
      run('mount', disk.file, dir);
      writeFileSync(join(dir, 'x'), '');
      run('sync', join(dir, 'x'));
      run('cp', '--sparse=always', disk.file, `${disk.file}.cut`);
      run('umount', dir);
      const device = node.attach(`${disk.file}.cut`, '--read-only');
      node.mountBase({ root: device, ostree: NEWEST });
      // The switch on the card is moved in between.
      run('blockdev', '--setrw', device);
      const upper = { kind: 'persistent', upperId: null, device: null, size: '25%', waitSeconds: 0 } as const;
      node.builder.mountUpper(upper);
      assert.match(node.builder.assemble().join(), /memory only.*its journal could not be replayed/);
    });
  },
  'works on xfs': () => {
    withNode((node) => {
      const disk = makeOstreeDisk(node, ['1'], { fs: 'xfs' });
      node.assemble({ root: disk.device, ostree: NEWEST }, { kind: 'persistent' });
      writeFileSync(join(node.newRoot, 'etc/own'), '');
      assert.match(runInside(node, 'ostree', 'admin', 'status'), /^\* debian/m);
    });
  },
  'shares the disk with the data partition': () => {
    withOstree(['1'], (node, disk) => {
      const request = { kind: 'persistent', device: disk.device } as const;
      const { degraded } = node.assemble({ root: disk.device, ostree: NEWEST }, request);
      assert.deepEqual(degraded, []);
      writeFileSync(join(node.data, 'lifeboot/x'), '');
      writeFileSync(join(node.newRoot, 'etc/own'), '');
    });
  },
});
