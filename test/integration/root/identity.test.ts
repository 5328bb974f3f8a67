/** Identity files: brought into every root, kept where the root has newer ones, renewed from a proven system. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type FindDevice, findDevice } from '../../../src/platform/root/find-device.ts';
import { saveIdentity } from '../../../src/platform/root/save-identity.ts';
import { spec } from '../../support/spec.ts';
import { assertFails, type Node, plainTree, run, withData, withNode, writeTree } from './disks.ts';
import { FILES, inImage } from './identity-tree.ts';

const onData = (node: Node, device: string, tree: Record<string, string>): void =>
  node.within(device, (dir) => writeTree(join(dir, 'lifeboot/identity'), tree));

spec('placeIdentity()', {
  'brings the copies of the image, with mode and owner, into a root in memory': () => {
    withNode((node) => {
      inImage(node, {
        'etc/machine-id': 'image\n',
        'etc/ssh/ssh_host_rsa_key': 'rsa',
        'etc/ssh/other': 'no',
        'root/.ssh/authorized_keys': 'k',
      });
      chmodSync(join(node.image, 'etc/ssh/ssh_host_rsa_key'), 0o640);
      chownSync(join(node.image, 'etc/ssh/ssh_host_rsa_key'), 0, 42);
      node.assemble(node.disk('ext4', plainTree));
      assert.deepEqual(node.builder.placeIdentity(FILES), []);
      assert.equal(node.inRoot('etc/machine-id'), 'image\n');
      assert.equal(node.inRoot('root/.ssh/authorized_keys'), 'k');
      const { mode, gid } = statSync(join(node.newRoot, 'etc/ssh/ssh_host_rsa_key'));
      assert.deepEqual([mode & 0o7777, gid], [0o640, 42]);
      assert.deepEqual(readdirSync(join(node.newRoot, 'etc/ssh')), ['ssh_host_rsa_key']);
    });
  },
  'prefers the data partition, file by file, and falls back for empty ones': () => {
    withData((node, base, device) => {
      inImage(node, { 'etc/machine-id': 'image\n', 'etc/ssh/ssh_host_a': 'image-a', 'etc/ssh/ssh_host_b': 'image-b' });
      onData(node, device, { 'etc/machine-id': 'data\n', 'etc/ssh/ssh_host_a': '', 'etc/ssh/ssh_host_c': 'data-c' });
      node.assemble(base, { device });
      assert.deepEqual(node.builder.placeIdentity(FILES), []);
      assert.equal(node.inRoot('etc/machine-id'), 'data\n');
      assert.equal(node.inRoot('etc/ssh/ssh_host_a'), 'image-a');
      assert.equal(node.inRoot('etc/ssh/ssh_host_b'), 'image-b');
      assert.equal(node.inRoot('etc/ssh/ssh_host_c'), 'data-c');
    });
  },
  'takes the copy before the last renewal where the renewed one is empty': () => {
    withData((node, base, device) => {
      onData(node, device, { 'etc/ssh/ssh_host_a': '', '../identity-old/etc/ssh/ssh_host_a': 'old' });
      inImage(node, { 'etc/ssh/ssh_host_a': 'image' });
      node.assemble(base, { device });
      node.builder.placeIdentity(FILES);
      assert.equal(node.inRoot('etc/ssh/ssh_host_a'), 'old');
    });
  },
  'does not follow a store that is a link': () => {
    withData((node, base, device) => {
      node.within(device, (dir) => {
        writeTree(join(dir, 'elsewhere'), { 'identity/etc/machine-id': 'elsewhere\n' });
        symlinkSync('elsewhere', join(dir, 'lifeboot'));
      });
      node.assemble(base, { device });
      node.builder.placeIdentity(FILES);
      assert.equal(existsSync(join(node.newRoot, 'etc/machine-id')), false);
    });
  },
  'reads it from a write-protected data partition whose journal is dirty': () => {
    withNode((node) => {
      const file = node.makeImage('ext4', { 'lifeboot/identity/etc/machine-id': 'data\n' });
      node.within(file, (dir) => {
        writeFileSync(join(dir, 'x'), 'x');
        run('sync', '-f', dir);
        run('cp', file, `${file}.cut`);
      });
      const device = node.attach(`${file}.cut`, '--read-only');
      const { degraded } = node.assemble(node.disk('ext4', plainTree), { kind: 'persistent', device });
      assert.match(degraded.join(), /data partition is read-only/);
      node.builder.placeIdentity(FILES);
      assert.equal(node.inRoot('etc/machine-id'), 'data\n');
    });
  },
  'reads it from a data partition that can only be read': () => {
    withNode((node) => {
      const file = node.makeImage('ext4', { 'lifeboot/identity/etc/machine-id': 'data\n' });
      node.assemble(node.disk('ext4', plainTree), { device: node.attach(file, '--read-only') });
      node.builder.placeIdentity(FILES);
      assert.equal(node.inRoot('etc/machine-id'), 'data\n');
    });
  },
  'replaces what the base brings, and what an upper holds empty; what an upper holds is newer': () => {
    withData((node, _, device) => {
      const base = node.disk('ext4', { ...plainTree, 'etc/machine-id': 'from-the-base\n' });
      inImage(node, { 'etc/machine-id': 'image\n' });
      node.assemble(base, { kind: 'persistent', device });
      node.builder.placeIdentity(FILES);
      assert.equal(node.inRoot('etc/machine-id'), 'image\n');
      for (const [there, expected] of [
        ['renewed\n', 'renewed\n'],
        ['', 'image\n'],
      ] as const) {
        writeFileSync(join(node.newRoot, 'etc/machine-id'), there);
        node.builder.release();
        node.assemble(base, { kind: 'persistent', device });
        node.builder.placeIdentity(FILES);
        assert.equal(node.inRoot('etc/machine-id'), expected);
      }
    });
  },
  'keeps what a persistent directory holds': () => {
    withData((node, base, device) => {
      inImage(node, { 'etc/ssh/ssh_host_a': 'image' });
      for (const expected of ['image', 'own']) {
        node.assemble(base, { device });
        node.builder.bindPersistent(['/etc/ssh']);
        node.builder.placeIdentity(FILES);
        assert.equal(node.inRoot('etc/ssh/ssh_host_a'), expected);
        writeFileSync(join(node.newRoot, 'etc/ssh/ssh_host_a'), 'own');
        node.builder.release();
      }
    });
  },
  'writes nothing when it is the same already': () => {
    withData((node, base, device) => {
      inImage(node, { 'etc/machine-id': 'image\n' });
      node.assemble(base, { kind: 'persistent', device });
      node.builder.placeIdentity(FILES);
      const before = statSync(join(node.newRoot, 'etc/machine-id')).ino;
      node.builder.placeIdentity(FILES);
      assert.equal(statSync(join(node.newRoot, 'etc/machine-id')).ino, before);
    });
  },
  'never writes or reads outside the root, whatever links there are': () => {
    withData((node, _, device) => {
      const outside = join(node.dir, 'outside');
      mkdirSync(outside);
      writeFileSync(join(outside, 'ssh_host_a'), 'outside');
      const tree = { ...plainTree, 'etc/machine-id': `-> ${outside}/id`, root: `-> ../../../..${outside}` };
      inImage(node, { 'etc/machine-id': 'image\n', 'root/.ssh/authorized_keys': 'k', 'etc/x': '' });
      symlinkSync(outside, join(node.image, 'etc/ssh'));
      node.assemble(node.disk('ext4', tree), { kind: 'persistent', device });
      node.builder.placeIdentity(FILES);
      assert.deepEqual(readdirSync(outside), ['ssh_host_a']);
      assert.equal(existsSync(join(node.newRoot, 'etc/ssh/ssh_host_a')), false);
      assert.equal(node.inRoot(`${outside}/id`), 'image\n');
      assert.equal(node.inRoot(`${outside}/.ssh/authorized_keys`), 'k');
    });
  },
  'one name that is wrong does not keep the others out': () => {
    withData((node, base, device) => {
      inImage(node, { 'etc/machine-id': 'image\n' });
      node.assemble(base, { device });
      const names = ['machine-id', '/etc/../etc/x', ...FILES];
      assert.equal(node.builder.placeIdentity(names).length, 2);
      assert.equal(node.inRoot('etc/machine-id'), 'image\n');
      assertFails('IO', /'machine-id' is not an absolute path/, () =>
        saveIdentity(names, { data: node.data, root: node.newRoot }),
      );
      assert.equal(readFileSync(join(node.data, 'lifeboot/identity/etc/machine-id'), 'utf8'), 'image\n');
    });
  },
  'one file that cannot be placed does not keep the others out': () => {
    withNode((node) => {
      inImage(node, { 'etc/machine-id': 'image\n', 'root/.ssh/authorized_keys': 'k' });
      node.assemble(node.disk('ext4', { ...plainTree, 'etc/machine-id/': '' }));
      const degraded = node.builder.placeIdentity(FILES);
      assert.equal(degraded.length, 1);
      assert.match(degraded.join(), /'\/etc\/machine-id' was not brought in.*not a regular file/);
      assert.equal(node.inRoot('root/.ssh/authorized_keys'), 'k');
    });
  },
});

spec('a data partition that can be pulled out', {
  'brings neither keys nor an upper, unless the configuration allows it': () => {
    withNode((node) => {
      inImage(node, { 'etc/machine-id': 'image\n' });
      writeTree(node.ownRoot, { 'etc/lifeboot/fallback-roots': 'x\n' });
      const device = node.disk('ext4', {});
      onData(node, device, { 'etc/machine-id': 'of a stranger\n' });
      const find: FindDevice = (name, options) => ({ ...findDevice(name, options), removable: name === device });
      const builder = node.newBuilder(find);
      const request = { files: FILES, device, waitSeconds: 0 };
      builder.bringIdentity(request);
      assert.equal(readFileSync(join(node.ownRoot, 'etc/machine-id'), 'utf8'), 'image\n');
      builder.bringIdentity({ ...request, removable: true });
      assert.equal(readFileSync(join(node.ownRoot, 'etc/machine-id'), 'utf8'), 'of a stranger\n');
      const root = node.disk('ext4', plainTree);
      builder.mountBase({ slot: 'a', root, waitSeconds: 0, recorded: null });
      const upper = { kind: 'persistent', upperId: 'a-1', device, size: '25%', waitSeconds: 0 } as const;
      assert.match(builder.mountUpper(upper).join(), /on a removable device, .*\[upper\] removable = true allows that/);
      builder.release();
    });
  },
});

spec('bringIdentity()', {
  'brings the copies of the data partition, else of the image, into the initramfs, and leaves nothing mounted': () => {
    withNode((node) => {
      inImage(node, { 'etc/machine-id': 'image\n', 'etc/ssh/ssh_host_rsa_key': 'old' });
      const device = node.disk('ext4', {});
      onData(node, device, { 'etc/ssh/ssh_host_rsa_key': 'renewed' });
      const request = { files: FILES, device, waitSeconds: 0 };
      // Without the mark of an image, `/` belongs to a running system.
      assert.deepEqual(node.builder.bringIdentity(request), []);
      assert.equal(existsSync(join(node.ownRoot, 'etc/machine-id')), false);
      writeTree(node.ownRoot, { 'etc/lifeboot/fallback-roots': 'PARTLABEL=root-a\n' });
      assert.deepEqual(node.builder.bringIdentity(request), []);
      assert.equal(readFileSync(join(node.ownRoot, 'etc/machine-id'), 'utf8'), 'image\n');
      assert.equal(readFileSync(join(node.ownRoot, 'etc/ssh/ssh_host_rsa_key'), 'utf8'), 'renewed');
      assert.ok(!readFileSync('/proc/self/mounts', 'utf8').includes(node.data));
      assert.deepEqual(node.builder.bringIdentity({ ...request, device: 'LABEL=gone-for-ever' }), []);
    });
  },
});
