/** The base id on real file systems: what must change it, and what must not. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { plainTree, run, withNode } from './disks.ts';

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
  'changes with a package database that is a directory': () => {
    withNode((node) => {
      const device = node.disk('ext4', { ...plainTree, 'usr/lib/sysimage/rpm/rpmdb.sqlite': 'one' });
      const before = node.inspect(device).deployment.id;
      node.within(device, (dir) => writeFileSync(join(dir, 'usr/lib/sysimage/rpm/rpmdb.sqlite'), 'three'));
      assert.notEqual(node.inspect(device).deployment.id, before);
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
