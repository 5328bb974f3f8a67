/** Bases of each file system, named each way, on real loop devices. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { probePath, recognise, runBlkid } from '../../../src/platform/root/probe-device.ts';
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
      const found = node.mountBase(`LABEL=${label}`, { waitSeconds: 10 });
      assert.ok(performance.now() - started < 4000);
      node.builder.release();
      run('losetup', '-d', found.device);
    });
  },
  'says ABSENT, with a hint, when the time is over': () => {
    withNode((node) => {
      const started = performance.now();
      const error = assertFails('ABSENT', /'LABEL=not-here-7' was not found within 0.3 s/, () =>
        node.mountBase('LABEL=not-here-7', { waitSeconds: 0.3 }),
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
  'does not call a slot damaged when its device cannot be read': () => {
    withNode((node) => {
      const dead = join(node.dir, 'dead');
      run('mknod', dead, 'b', '7', '250');
      assertFails('IO', /cannot read/, () => node.mountBase(dead));
    });
  },
  'says CONTENT when the image was cut off or the middle of a squashfs is noise': () => {
    withNode((node) => {
      const file = node.makeImage('squashfs', { ...plainTree, big: busybox });
      run('truncate', '-s', '65536', file);
      assertFails('CONTENT', /cannot mount/, () => node.mountBase(node.attach(file)));
    });
  },
  'says CONTENT for an image that was cut off, when the device itself can be read': () => {
    withNode((node) => {
      const file = node.makeImage('xfs', plainTree);
      run('truncate', '-s', '100M', file);
      const error = assertFails('CONTENT', /can't read superblock/, () => node.mountBase(node.attach(file)));
      assert.match(error.hint ?? '', /device can be read/);
    });
  },
  'does not blame the slot for a file system that this kernel lacks': () => {
    if (/\bvfat\b/.test(readFileSync('/proc/filesystems', 'utf8'))) return;
    withNode((node) => {
      const file = join(node.dir, 'fat.img');
      run('truncate', '-s', '8M', file);
      run('mkfs.vfat', file);
      const error = assertFails('IO', /vfat/, () => node.mountBase(node.attach(file)));
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
      assert.match(found.doubts?.join() ?? '', /names 2 devices/, 'and it is degraded');
    });
  },
});

spec('probeDevice()', {
  'says of each file system what blkid says': () => {
    for (const fs of ['ext4', 'squashfs', 'erofs', 'xfs', 'btrfs'] as const) {
      withNode((node) => {
        const device = node.disk(fs, { 'etc/x': 'y' });
        const told = runBlkid([device]).map(({ type, uuid, label }) => ({ type, uuid, label }));
        const { type, uuid, label } = probePath(device);
        assert.deepEqual([{ type, uuid, label }], told, fs);
      });
    }
    withNode((node) => {
      for (const kind of ['ext2', 'ext3']) {
        const file = node.makeImage('none', {});
        run('truncate', '-s', '8M', file);
        run(`mkfs.${kind}`, '-q', '-F', file);
        const device = node.attach(file);
        assert.deepEqual([probePath(device).type, runBlkid([device])[0]?.type], [kind, kind]);
      }
    });
  },
  'says of GPT and MBR partitions what blkid says': () => {
    withNode((node) => {
      for (const table of ['gpt', 'dos']) {
        const disk = join(node.dir, `${table}.img`);
        run('truncate', '-s', '16M', disk);
        const name = table === 'gpt' ? ', name="two words"' : '';
        run('sh', '-c', `printf 'label: ${table}\\nsize=4M${name}\\nsize=4M\\n' | sfdisk -q '${disk}'`);
        const device = node.attach(disk);
        run('partx', '-a', device);
        try {
          for (const part of [`${device}p1`, `${device}p2`]) {
            const { partuuid, partlabel } = probePath(part);
            const told = runBlkid([part])[0];
            assert.deepEqual([partuuid, partlabel], [told?.partuuid, told?.partlabel], `${table} ${part}`);
          }
        } finally {
          run('partx', '-d', device);
        }
      }
    });
  },
  'leaves to blkid what it does not know': () => {
    withNode((node) => {
      const file = join(node.dir, 'fat.img');
      run('truncate', '-s', '8M', file);
      run('mkfs.vfat', '-n', 'FATLABEL', file);
      const device = probePath(node.attach(file));
      assert.equal(device.type, null);
      const known = recognise(device);
      assert.deepEqual([known.type, known.label], ['vfat', 'FATLABEL']);
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
