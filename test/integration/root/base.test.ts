/** Bases of each file system, named each way, on real loop devices. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { assertFails, busybox, digest, plainTree, run, withNode } from './disks.ts';

const tag = (device: string, name: string): string =>
  run('blkid', '-c', '/dev/null', '-s', name, '-o', 'value', device).trim();

spec('mountBase()', {
  'mounts ext4, squashfs, erofs and btrfs read-only, and names the version': () => {
    for (const fs of ['ext4', 'squashfs', 'erofs', 'btrfs'] as const) {
      withNode((node) => {
        const found = node.mountBase(node.disk(fs, plainTree));
        assert.equal(found.deployment.version, 'test 1', fs);
        assert.equal(readFileSync(join(node.base, 'etc/hostname'), 'utf8'), 'from-the-base\n');
        assert.throws(() => writeFileSync(join(node.base, 'x'), ''), /EROFS/, fs);
      });
    }
  },
  'mounts xfs without recovery, and a second one with the same UUID': () => {
    withNode((node) => {
      const image = node.makeImage('xfs', plainTree);
      run('cp', image, `${image}.copy`);
      const device = node.attach(image);
      const found = node.mountBase(device);
      assert.match(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(`${node.base} ro.*norecovery`));
      const copy = node.inspect(node.attach(`${image}.copy`));
      assert.equal(copy.deployment.id, found.deployment.id);
    });
  },
  'finds it by LABEL=, UUID=, PARTLABEL= and PARTUUID=': () => {
    withNode((node) => {
      const label = node.label('root');
      const file = node.makeImage('ext4', plainTree, { label });
      const disk = join(node.dir, 'disk.img');
      run('truncate', '-s', '32M', disk);
      run('sgdisk', '-n1:2048:+25M', `-c1:part ${label}`, disk);
      run('dd', `if=${file}`, `of=${disk}`, 'bs=1M', 'seek=1', 'conv=notrunc', 'status=none');
      const device = node.attach(disk);
      run('partx', '-a', device);
      try {
        const part = `${device}p1`;
        const names = [
          `LABEL=${label}`,
          `UUID=${tag(part, 'UUID')}`,
          `PARTLABEL=part ${label}`,
          `PARTUUID=${tag(part, 'PARTUUID')}`,
        ];
        for (const name of names) {
          const found = node.mountBase(name);
          assert.deepEqual([found.device, found.partuuid, found.removable], [part, tag(part, 'PARTUUID'), false], name);
          node.builder.release();
        }
      } finally {
        node.builder.release();
        run('partx', '-d', device);
      }
    });
  },
  'waits for a device that comes late': () => {
    withNode((node) => {
      const label = node.label('late');
      const file = node.makeImage('ext4', plainTree, { label });
      const late = join(node.dir, 'late');
      execFileSync('sh', ['-c', `(sleep 0.7; losetup --find --show "$1" >"$2") >/dev/null 2>&1 &`, 'sh', file, late]);
      const started = performance.now();
      const found = node.mountBase(`LABEL=${label}`, 10);
      assert.ok(performance.now() - started < 4000);
      node.builder.release();
      run('losetup', '-d', found.device);
    });
  },
  'says ABSENT, with a hint, when the time is over': () => {
    withNode((node) => {
      const started = performance.now();
      const error = assertFails('ABSENT', /'LABEL=not-here-7' was not found within 0.3 s/, () =>
        node.mountBase('LABEL=not-here-7', 0.3),
      );
      assert.match(error.hint ?? '', /blkid/);
      assert.ok(performance.now() - started < 2000);
      assertFails('ABSENT', /not found/, () => node.mountBase('/dev/not-here-7'));
    });
  },
  'says CONTENT for noise, for a damaged file system, for a swap, for no block device': () => {
    withNode((node) => {
      const noise = join(node.dir, 'noise.img');
      run('dd', 'if=/dev/urandom', `of=${noise}`, 'bs=1M', 'count=4', 'status=none');
      assertFails('CONTENT', /no file system was recognised/, () => node.mountBase(node.attach(noise)));
      const damaged = node.makeImage('ext4', plainTree);
      run('dd', 'if=/dev/urandom', `of=${damaged}`, 'bs=1024', 'seek=2', 'count=200', 'conv=notrunc', 'status=none');
      assertFails('CONTENT', /cannot mount/, () => node.mountBase(node.attach(damaged)));
      const swap = join(node.dir, 'swap.img');
      run('dd', 'if=/dev/zero', `of=${swap}`, 'bs=1M', 'count=4', 'status=none');
      run('mkswap', swap);
      assertFails('CONTENT', /cannot mount/, () => node.mountBase(node.attach(swap)));
      assertFails('CONTENT', /not a block device/, () => node.mountBase(node.dir));
      assert.deepEqual(node.mounted(), []);
    });
  },
  'says CONTENT when the image was cut off or the middle of a squashfs is noise': () => {
    withNode((node) => {
      const file = node.makeImage('squashfs', { ...plainTree, big: busybox });
      run('truncate', '-s', '65536', file);
      assertFails('CONTENT', /cannot mount/, () => node.mountBase(node.attach(file)));
    });
  },
  'names a file system that this kernel lacks': () => {
    if (/\bvfat\b/.test(readFileSync('/proc/filesystems', 'utf8'))) return;
    withNode((node) => {
      const file = join(node.dir, 'fat.img');
      run('truncate', '-s', '8M', file);
      run('mkfs.vfat', file);
      const error = assertFails('CONTENT', /vfat/, () => node.mountBase(node.attach(file)));
      assert.match(error.hint ?? '', /kernel lacks/);
    });
  },
  'takes the recorded one of two with the same label, and says so': () => {
    withNode((node) => {
      const label = node.label('twin');
      const file = node.makeImage('ext4', plainTree, { label });
      run('cp', file, `${file}.2`);
      const devices = [node.attach(file), node.attach(`${file}.2`)].sort();
      const found = node.mountBase(`LABEL=${label}`);
      assert.ok(devices.includes(found.device));
      assert.match(found.notes.join(), /names 2 devices/);
    });
  },
});

spec('dirty journal', {
  'is not replayed: not one byte of the base changes, and the note tells': () => {
    withNode((node) => {
      const file = node.makeImage('ext4', plainTree);
      const dir = join(node.dir, 'live');
      mkdirSync(dir);
      run('mount', file, dir);
      writeFileSync(join(dir, 'unsaved'), 'x'.repeat(100_000));
      run('sync', '-f', dir);
      // As a power cut would leave it.
      run('cp', '--sparse=always', file, `${file}.cut`);
      run('umount', dir);
      const before = digest(`${file}.cut`);
      const device = node.attach(`${file}.cut`);
      node.assemble(device);
      node.builder.check(null);
      assert.match(node.inspect(device).notes.join(), /journal is dirty/);
      node.builder.release();
      run('sync', device);
      assert.equal(digest(`${file}.cut`), before);
    });
  },
});

spec('base id', {
  'does not change by mounting ext4 writable, writing, and unmounting': () => {
    withNode((node) => {
      const file = node.makeImage('ext4', plainTree);
      const device = node.attach(file);
      const before = node.inspect(device);
      node.within(device, (dir) => {
        writeFileSync(join(dir, 'new'), 'x'.repeat(300_000));
        mkdirSync(join(dir, 'd'));
      });
      assert.equal(node.inspect(device).deployment.id, before.deployment.id);
      // Looked at while it is mounted, too.
      node.within(device, (dir) => {
        writeFileSync(join(dir, 'newer'), 'x');
        assert.equal(node.inspect(device).deployment.id, before.deployment.id);
      });
    });
  },
  'does not change by writing to xfs and btrfs': () => {
    for (const fs of ['xfs', 'btrfs'] as const) {
      withNode((node) => {
        const device = node.disk(fs, plainTree);
        const before = node.inspect(device);
        node.within(device, (dir) => writeFileSync(join(dir, 'new'), 'x'.repeat(300_000)));
        assert.equal(node.inspect(device).deployment.id, before.deployment.id, fs);
      });
    }
  },
  'changes with another mkfs of the same tree': () => {
    for (const fs of ['ext4', 'erofs'] as const) {
      withNode((node) => {
        const label = node.label('same');
        const [one, two] = [node.disk(fs, plainTree, { label }), node.disk(fs, plainTree, { label })];
        const id = (device: string): string => node.inspect(device).deployment.id;
        assert.notEqual(id(one), id(two), fs);
      });
    }
  },
  'changes with the package database, and only with base-id where there is one': () => {
    withNode((node) => {
      const device = node.disk('ext4', plainTree);
      const seen = new Set<string>();
      const look = (): number => seen.add(node.inspect(device).deployment.id).size;
      assert.equal(look(), 1);
      node.within(device, (dir) => writeFileSync(join(dir, 'var/lib/dpkg/status'), 'Package: a\nVersion: 2\n'));
      assert.equal(look(), 2);
      node.within(device, (dir) => {
        mkdirSync(join(dir, 'usr/lib/lifeboot'));
        writeFileSync(join(dir, 'usr/lib/lifeboot/base-id'), 'IMAGE_VERSION=2026.11\n');
      });
      assert.equal(look(), 3);
      node.within(device, (dir) => writeFileSync(join(dir, 'var/lib/dpkg/status'), 'Package: a\nVersion: 3\n'));
      assert.equal(look(), 3);
      assert.equal(node.inspect(device).deployment.version, '2026.11');
      node.within(device, (dir) => writeFileSync(join(dir, 'usr/lib/lifeboot/base-id'), 'IMAGE_VERSION=2026.12\n'));
      assert.equal(look(), 4);
    });
  },
  'is the same for a copy made with dd, on a larger device too': () => {
    withNode((node) => {
      const file = node.makeImage('ext4', plainTree);
      run('cp', file, `${file}.2`);
      run('truncate', '-s', '+8M', `${file}.2`);
      const id = (device: string): string => node.inspect(device).deployment.id;
      assert.equal(id(node.attach(file)), id(node.attach(`${file}.2`)));
    });
  },
  'takes less than 100 ms, and leaves nothing mounted': () => {
    withNode((node) => {
      const device = node.disk('ext4', { ...plainTree, 'var/lib/dpkg/status': 'x'.repeat(3_000_000) }, { sizeMiB: 48 });
      // The best of some: what another process takes of this machine is not the base id's.
      const took = Array.from({ length: 6 }, () => {
        const started = performance.now();
        node.inspect(device);
        return performance.now() - started;
      });
      assert.ok(Math.min(...took) < 100, `${took.map((ms) => ms.toFixed(0)).join(', ')} ms`);
      assert.deepEqual(node.mounted(), []);
      assert.equal(existsSync(node.base), false);
    });
  },
  'is not led out of the base by a link': () => {
    withNode((node) => {
      const outside = join(node.dir, 'outside');
      writeFileSync(outside, 'ID=outside\n');
      const tree = { ...plainTree, 'usr/lib/os-release': `-> ${outside}` };
      assert.equal(node.inspect(node.disk('ext4', tree)).deployment.version, null);
    });
  },
});
