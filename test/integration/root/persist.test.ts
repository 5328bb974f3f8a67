/** Persistent directories: seeded once, kept across bases, never outside the root. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { mounts, plainTree, run, withData, withNode } from './disks.ts';

spec('bindPersistent()', {
  'begins with what the root has there, and keeps what is written, across bases': () => {
    withData((node, base, device) => {
      node.assemble(base, { kind: 'tmpfs', device });
      assert.deepEqual(node.builder.bindPersistent(['/var', '/etc/ssh']), []);
      assert.equal(node.inRoot('var/log/old.log'), 'kept\n');
      writeFileSync(join(node.newRoot, 'var/log/new.log'), 'written\n');
      writeFileSync(join(node.newRoot, 'etc/ssh/key'), 'k');
      node.builder.release();
      const other = node.disk('squashfs', { ...plainTree, 'var/log/other.log': 'o' });
      node.assemble(other, { kind: 'tmpfs', device });
      assert.deepEqual(node.builder.bindPersistent(['/etc/ssh', '/var']), []);
      assert.equal(node.inRoot('var/log/new.log'), 'written\n');
      assert.equal(node.inRoot('etc/ssh/key'), 'k');
      assert.equal(existsSync(join(node.newRoot, 'var/log/other.log')), false);
    });
  },
  'keeps owner, mode and links of what it copies': () => {
    withData((node, _, device) => {
      const image = node.makeImage('ext4', { ...plainTree, 'var/spool/x': 'x', 'var/run': '-> /run' });
      const base = node.attach(image);
      node.within(base, (dir) => {
        run('chown', '1234:2345', join(dir, 'var/spool'));
        chmodSync(join(dir, 'var/spool'), 0o1777);
      });
      node.assemble(base, { kind: 'tmpfs', device });
      node.builder.bindPersistent(['/var']);
      const { uid, gid, mode } = statSync(join(node.newRoot, 'var/spool'));
      assert.deepEqual([uid, gid, mode & 0o7777], [1234, 2345, 0o1777]);
      assert.equal(readlinkSync(join(node.newRoot, 'var/run')), '/run');
    });
  },
  'does not take a copy that was cut off for a whole one': () => {
    withData((node, base, device) => {
      node.within(device, (dir) => {
        mkdirSync(join(dir, 'lifeboot/tmp/persist-var/log'), { recursive: true });
        writeFileSync(join(dir, 'lifeboot/tmp/persist-var/log/half'), '');
      });
      node.assemble(base, { kind: 'tmpfs', device });
      assert.deepEqual(node.builder.bindPersistent(['/var']), []);
      assert.equal(node.inRoot('var/log/old.log'), 'kept\n');
      assert.equal(existsSync(join(node.newRoot, 'var/log/half')), false);
      assert.deepEqual(readdirSync(join(node.data, 'lifeboot/tmp')), []);
    });
  },
  'follows links only inside the root': () => {
    withData((node, _, device) => {
      const outside = join(node.dir, 'outside');
      mkdirSync(outside);
      writeFileSync(join(outside, 'secret'), 's');
      const tree = { ...plainTree, 'data/in': 'x', a: '-> /data', b: `-> ${outside}`, c: '-> ../../../../../data' };
      node.assemble(node.disk('ext4', tree), { kind: 'tmpfs', device });
      assert.deepEqual(node.builder.bindPersistent(['/a']), []);
      assert.equal(node.inRoot('data/in'), 'x');
      writeFileSync(join(node.newRoot, 'data/new'), 'n');
      assert.equal(readFileSync(join(node.data, 'lifeboot/persist/a/new'), 'utf8'), 'n');
      node.builder.bindPersistent(['/b', '/c']);
      assert.deepEqual(readdirSync(outside), ['secret']);
      assert.ok(!mounts().some((entry) => entry.point.startsWith(outside)));
    });
  },
  'leaves the root as it is where it cannot bind, and goes on with the others': () => {
    withData((node, base, device) => {
      node.assemble(base, { kind: 'tmpfs', device });
      const degraded = node.builder.bindPersistent(['/etc/hostname', '../x', '/var']);
      assert.equal(degraded.length, 2);
      assert.match(degraded.join('\n'), /'\/etc\/hostname' is not persistent.*not a directory/);
      assert.ok(existsSync(join(node.data, 'lifeboot/persist/var/log/old.log')));
      node.builder.release();
      node.assemble(base, { kind: 'tmpfs', device: null });
      assert.match(node.builder.bindPersistent(['/var']).join(), /'\/var' is not persistent in this boot/);
      assert.equal(node.inRoot('var/log/old.log'), 'kept\n');
    });
  },
  'prefers a forgetful directory to one that cannot be written': () => {
    withNode((node) => {
      const base = node.disk('ext4', plainTree);
      const file = node.makeImage('ext4', { 'lifeboot/persist/var/kept': 'k' });
      node.assemble(base, { kind: 'tmpfs', device: node.attach(file, '--read-only') });
      assert.match(node.builder.bindPersistent(['/var']).join(), /'\/var' is not persistent in this boot/);
      writeFileSync(join(node.newRoot, 'var/log/works'), '');
    });
  },
  'does not begin a directory that does not fit': () => {
    withNode((node) => {
      const base = node.disk('ext4', { ...plainTree, 'var/big': Buffer.alloc(20_000_000, 'x') }, { sizeMiB: 48 });
      const device = node.disk('ext4', {}, { sizeMiB: 16 });
      node.assemble(base, { kind: 'tmpfs', device });
      assert.match(node.builder.bindPersistent(['/var']).join(), /'cp .*failed/);
      assert.deepEqual(readdirSync(join(node.data, 'lifeboot/persist')), []);
      assert.deepEqual(readdirSync(join(node.data, 'lifeboot/tmp')), []);
      assert.equal(statSync(join(node.newRoot, 'var/big')).size, 20_000_000);
    });
  },
});
