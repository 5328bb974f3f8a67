/** Kept uppers, uppers in memory, read-only roots, and the way back: on real mounts. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { lowerLayers, mountAt, optionValue } from '../../../src/core/root/mountinfo.ts';
import { spec } from '../../support/spec.ts';
import { assertFails, digest, mounts, plainTree, run, withData, withNode } from './disks.ts';

spec('mountUpper() and assemble(), persistent', {
  'keep what is written on the data partition, keyed by the deployment, and never on the base': () => {
    withNode((node) => {
      const image = node.makeImage('ext4', plainTree);
      const before = digest(image);
      const base = node.attach(image);
      const device = node.disk('ext4', {});
      const { found, degraded } = node.assemble(base, { kind: 'persistent', device });
      assert.deepEqual(degraded, []);
      writeFileSync(join(node.newRoot, 'etc/hostname'), 'changed\n');
      rmSync(join(node.newRoot, 'var/log/old.log'));
      assert.ok(existsSync(join(node.data, `lifeboot/upper/a-${found.deployment.id}/upper/etc/hostname`)));
      node.builder.release();
      node.assemble(base, { kind: 'persistent', device });
      assert.equal(node.inRoot('etc/hostname'), 'changed\n');
      assert.equal(existsSync(join(node.newRoot, 'var/log/old.log')), false);
      node.builder.release();
      assert.equal(digest(image), before);
    });
  },
  'keep it on xfs and btrfs as well': () => {
    for (const fs of ['xfs', 'btrfs'] as const) {
      withNode((node) => {
        const [base, device] = [node.disk('squashfs', plainTree), node.disk(fs, {})];
        for (const expected of ['from-the-base\n', 'changed\n']) {
          assert.deepEqual(node.assemble(base, { kind: 'persistent', device }).degraded, [], fs);
          assert.equal(node.inRoot('etc/hostname'), expected);
          writeFileSync(join(node.newRoot, 'etc/hostname'), 'changed\n');
          rmSync(join(node.newRoot, 'var/log'), { recursive: true, force: true });
          node.builder.release();
        }
      });
    }
  },
  'give another base an upper of its own': () => {
    withData((node, base, device) => {
      node.assemble(base, { kind: 'persistent', device });
      writeFileSync(join(node.newRoot, 'usr/lib/os-release'), 'ID=test\nVERSION_ID=1-local\n');
      node.builder.release();
      const other = node.disk('ext4', { ...plainTree, 'usr/lib/os-release': 'ID=test\nVERSION_ID=2\n' });
      const { found } = node.assemble(other, { kind: 'persistent', device });
      assert.equal(found.deployment.version, 'test 2');
      assert.equal(node.inRoot('usr/lib/os-release'), 'ID=test\nVERSION_ID=2\n');
      assert.equal(readdirSync(join(node.data, 'lifeboot/upper')).length, 2);
    });
  },
  'keep the last upper of a slot besides the new one, and delete older ones': () => {
    withData((node, _, device) => {
      const kept: string[] = [];
      for (const version of ['1', '2', '3', '4']) {
        const base = node.disk('erofs', { ...plainTree, 'usr/lib/os-release': `VERSION_ID=${version}\n` });
        kept.push(`a-${node.assemble(base, { kind: 'persistent', device }).found.deployment.id}`);
        node.builder.release();
        const name = `lifeboot/upper/${kept.at(-1)}`;
        node.within(device, (dir) => run('touch', '-d', `2020-01-0${version}`, join(dir, name)));
      }
      node.mountBase(node.disk('erofs', plainTree));
      node.builder.mountUpper({ kind: 'tmpfs', upperId: 'x', device, size: '25%', waitSeconds: 0 });
      assert.deepEqual(readdirSync(join(node.data, 'lifeboot/upper')).sort(), kept.slice(-2).sort());
      assert.deepEqual(readdirSync(join(node.data, 'lifeboot/tmp')), []);
    });
  },
  'show the layers that were asked for, options pinned, the root readable for everyone': () => {
    withData((node, base, device) => {
      node.assemble(base, { kind: 'persistent', device });
      const root = mountAt(mounts(), node.newRoot);
      assert.deepEqual(lowerLayers(root?.superOptions ?? []), ['base']);
      assert.match(
        optionValue(root?.superOptions ?? [], 'upperdir') ?? '',
        /^data\/lifeboot\/upper\/a-[0-9a-f]{64}\/upper$/,
      );
      assert.equal(optionValue(root?.superOptions ?? [], 'xino'), 'auto');
      assert.equal(statSync(node.newRoot).mode & 0o7777, 0o755);
      assert.equal(statSync(join(node.data, 'lifeboot')).mode & 0o777, 0o700);
      const number = mountAt(mounts(), node.base)?.device;
      assert.equal(readlinkSync(join(node.dir, 'run/systemd/volatile-root')), `/dev/block/${number}`);
    });
  },
  'let a directory of the base be renamed, and survive it': () => {
    withData((node, base, device) => {
      node.assemble(base, { kind: 'persistent', device });
      run('mv', join(node.newRoot, 'var/log'), join(node.newRoot, 'var/log2'));
      node.builder.release();
      node.assemble(base, { kind: 'persistent', device });
      assert.equal(node.inRoot('var/log2/old.log'), 'kept\n');
    });
  },
});

spec('mountUpper(), tmpfs and none', {
  'tmpfs keeps nothing, and has the size that was asked for': () => {
    withData((node, base, device) => {
      node.assemble(base, { kind: 'tmpfs', device, size: '8m' });
      writeFileSync(join(node.newRoot, 'etc/hostname'), 'changed\n');
      assert.throws(() => writeFileSync(join(node.newRoot, 'big'), Buffer.alloc(9_000_000)), /ENOSPC/);
      node.builder.release();
      node.assemble(base, { kind: 'tmpfs', device });
      assert.equal(node.inRoot('etc/hostname'), 'from-the-base\n');
      assert.equal(existsSync(join(node.data, 'lifeboot/upper', 'x')), false);
    });
  },
  'tmpfs takes its default for a size that means nothing': () => {
    withData((node, base) => {
      assert.deepEqual(node.assemble(base, { kind: 'tmpfs', size: 'lots' }).degraded, []);
      writeFileSync(join(node.newRoot, 'etc/x'), '');
    });
  },
  'none is read-only once it was checked, with what was bound and placed': () => {
    withData((node, base, device) => {
      mkdirSync(join(node.image, 'etc'), { recursive: true });
      writeFileSync(join(node.image, 'etc/machine-id'), 'abc\n');
      node.assemble(base, { kind: 'none', device });
      assert.deepEqual(node.builder.bindPersistent(['/var', '/srv/new']), []);
      assert.deepEqual(node.builder.placeIdentity(['/etc/machine-id']), []);
      assert.equal(node.builder.check(null), '/sbin/init');
      assert.throws(() => writeFileSync(join(node.newRoot, 'etc/x'), ''), /EROFS/);
      assert.equal(node.inRoot('etc/machine-id'), 'abc\n');
      writeFileSync(join(node.newRoot, 'var/x'), 'persistent');
      assert.equal(readFileSync(join(node.data, 'lifeboot/persist/var/x'), 'utf8'), 'persistent');
    });
  },
});

spec('release()', {
  'leaves nothing mounted after any step, and the next slot can be built': () => {
    withData((node, base, device) => {
      const steps = [
        () => node.mountBase(base),
        () => node.builder.mountUpper({ kind: 'persistent', upperId: 'x', device, size: '25%', waitSeconds: 0 }),
        () => node.builder.assemble(),
        () => node.builder.bindPersistent(['/var']),
        () => node.builder.check(null),
        () =>
          node.builder.setDeadline({ seconds: 60, unattended: true, watchdog: { device: null, timeoutSeconds: 0 } }),
      ];
      for (let count = 0; count <= steps.length; count += 1) {
        for (const step of steps.slice(0, count)) step();
        node.builder.release();
        assert.deepEqual(node.mounted(), [], `after ${count} steps`);
      }
      node.builder.release();
    });
  },
  'detaches what is busy': () => {
    withData((node, base, device) => {
      node.assemble(base, { kind: 'persistent', device });
      const file = join(node.newRoot, 'etc/hostname');
      run('sh', '-c', `sleep 3 <'${file}' >/dev/null 2>&1 &`);
      node.builder.release();
      assert.deepEqual(node.mounted(), []);
      node.assemble(base, { kind: 'tmpfs' });
    });
  },
  'steps out of order are an error of lifeboot itself': () => {
    withNode((node) => {
      assertFails('INTERNAL', /'assemble'/, () => node.builder.assemble());
      assertFails('INTERNAL', /'setDeadline'/, () =>
        node.builder.setDeadline({ seconds: 60, unattended: true, watchdog: { device: null, timeoutSeconds: 0 } }),
      );
    });
  },
});
