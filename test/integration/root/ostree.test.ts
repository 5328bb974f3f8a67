/** Deployments of a real OSTree repository as roots. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mountAt } from '../../../src/core/root/mountinfo.ts';
import { spec } from '../../support/spec.ts';
import { assertFails, digest, mounts, type Node, run, withNode } from './disks.ts';
import { makeOstreeDisk, type OstreeDisk, runInside, statusOutside } from './ostree-disk.ts';

const NEWEST = 'debian';

function withOstree(versions: readonly string[], body: (node: Node, disk: OstreeDisk) => void): void {
  withNode((node) => body(node, makeOstreeDisk(node, versions)));
}

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
      run('sync', '-f', dir);
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

spec('findDeployment()', {
  'tells two deployments apart by their commits: the newest, the one before, and one by name': () => {
    withOstree(['1', '2'], (node, { device, commits }) => {
      const id = (ostree: string): string => node.inspect({ root: device, ostree }).deployment.id;
      assert.equal(id('debian'), commits[1]);
      assert.equal(id('debian/0'), commits[1]);
      assert.equal(id('debian/1'), commits[0]);
      assert.equal(id(`debian/${commits[0]}.0`), commits[0]);
      assert.deepEqual(node.mounted(), []);
    });
  },
  'keeps the id through a boot that writes, and finds the same one while it is mounted': () => {
    withOstree(['1'], (node, { device, commits }) => {
      node.assemble({ root: device, ostree: NEWEST }, { kind: 'persistent' });
      writeFileSync(join(node.newRoot, 'etc/own'), 'x');
      assert.equal(node.inspect({ root: device, ostree: NEWEST }).deployment.id, commits[0]);
      node.builder.release();
      assert.equal(node.inspect({ root: device, ostree: NEWEST }).deployment.id, commits[0]);
    });
  },
  'says what is missing: repository, stateroot, deployment, a number that is not there yet': () => {
    withOstree(['1'], (node, { device, commits }) => {
      const plain = node.disk('ext4', {});
      assertFails('CONTENT', /no OSTree repository/, () => node.mountBase({ root: plain, ostree: 'debian' }));
      const none = assertFails('CONTENT', /no stateroot 'fedora'/, () =>
        node.mountBase({ root: device, ostree: 'fedora' }),
      );
      assert.match(none.hint ?? '', /the stateroots are: debian/);
      const other = `${'0'.repeat(64)}.0`;
      const gone = assertFails('ABSENT', /no deployment '0000/, () =>
        node.mountBase({ root: device, ostree: `debian/${other}` }),
      );
      assert.match(gone.hint ?? '', new RegExp(`${commits[0]}\\.0`));
      assertFails('ABSENT', /only one deployment, and number 1 is asked for/, () =>
        node.mountBase({ root: device, ostree: 'debian/1' }),
      );
      assert.deepEqual(node.mounted(), []);
    });
  },
  'refuses a deployment that lacks /etc, /usr/etc or /sysroot: it was cut off while it was made': () => {
    for (const part of ['etc', 'usr/etc', 'sysroot']) {
      withOstree(['1'], (node, { file, device, commits }) => {
        node.within(file, (dir) => {
          const place = join(dir, `ostree/deploy/debian/deploy/${commits[0]}.0`);
          run('chattr', '-i', place);
          run('rm', '-r', join(place, part));
        });
        const error = assertFails('CONTENT', new RegExp(`no directory '${part}'`), () =>
          node.mountBase({ root: device, ostree: NEWEST }),
        );
        assert.match(error.hint ?? '', /ostree admin deploy/);
      });
    }
  },
  'is not led out of the stateroot by a boot link or a directory that is a link': () => {
    withOstree(['1'], (node, { file, device }) => {
      node.within(file, (dir) => {
        const entry = join(dir, 'boot/loader/entries/ostree-1-debian.conf');
        const link = /ostree=(\S+)/.exec(readFileSync(entry, 'utf8'))?.[1] ?? '';
        run('ln', '-sfn', '../../../../../../../../etc', join(dir, link));
      });
      assertFails('CONTENT', /leads to '\/etc', which is no deployment/, () =>
        node.mountBase({ root: device, ostree: NEWEST }),
      );
      node.within(file, (dir) => symlinkSync('/etc', join(dir, 'ostree/deploy/evil')));
      assertFails('CONTENT', /no stateroot 'evil'/, () => node.mountBase({ root: device, ostree: 'evil' }));
    });
  },
  'goes by the links where /boot is another partition, and asks for a name when there are two': () => {
    for (const [versions, isKnown] of [
      [['1'], true],
      [['1', '2'], false],
    ] as const) {
      withOstree(versions, (node, { file, device, commits }) => {
        node.within(file, (dir) => run('rm', '-r', join(dir, 'boot')));
        const look = () => node.mountBase({ root: device, ostree: NEWEST }).deployment.id;
        if (isKnown) assert.equal(look(), commits[0]);
        else assert.match(assertFails('CONTENT', /comes first is not known/, look).hint ?? '', /CHECKSUM\.SERIAL/);
      });
    }
  },
});
