/** Identity copies: renewed from a proven system, and carried from slot to slot. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { saveIdentity } from '../../../src/platform/root/save-identity.ts';
import { spec } from '../../support/spec.ts';
import { assertFails, plainTree, run, withData, withNode, writeTree } from './disks.ts';
import { FILES, inImage } from './identity-tree.ts';

spec('placeIdentity() after saveIdentity()', {
  'gives a slot what was renewed in the other one, but keeps what it changed itself since it was proven': () => {
    withData((node, base, device) => {
      const root = node.newRoot;
      const key = join(root, 'etc/ssh/ssh_host_a');
      const boot = (disk: string): void => {
        node.builder.release();
        node.assemble(disk, { kind: 'persistent', device });
        node.builder.placeIdentity(FILES);
      };
      const prove = (): void => void saveIdentity(FILES, { data: node.data, root });
      const other = node.disk('ext4', plainTree);
      boot(base);
      writeFileSync(key, 'first');
      prove();
      boot(other);
      assert.equal(readFileSync(key, 'utf8'), 'first');
      writeFileSync(key, 'renewed');
      prove();
      boot(base);
      assert.equal(readFileSync(key, 'utf8'), 'renewed');
      writeFileSync(key, 'changed by hand');
      boot(base);
      assert.equal(readFileSync(key, 'utf8'), 'changed by hand');
      boot(other);
      assert.equal(readFileSync(key, 'utf8'), 'renewed');
    });
  },
  'does not give a root an older copy than the one it has': () => {
    withData((node, base, device) => {
      inImage(node, { 'etc/machine-id': 'image\n' });
      node.assemble(base, { kind: 'persistent', device });
      writeFileSync(join(node.newRoot, 'etc/machine-id'), 'proven\n');
      saveIdentity(FILES, { data: node.data, root: node.newRoot });
      rmSync(join(node.data, 'lifeboot/identity'), { recursive: true });
      node.builder.placeIdentity(FILES);
      assert.equal(node.inRoot('etc/machine-id'), 'proven\n');
    });
  },
});

spec('saveIdentity()', {
  'copies what changed, with mode and owner, and says what': () => {
    withData((node, base, device) => {
      node.assemble(base, { device });
      const root = join(node.dir, 'running');
      writeTree(root, { 'etc/machine-id': 'm\n', 'etc/ssh/ssh_host_a': 'a', 'etc/ssh/sshd_config': 'no' });
      chmodSync(join(root, 'etc/ssh/ssh_host_a'), 0o600);
      const save = (): readonly string[] => saveIdentity(FILES, { data: node.data, root });
      assert.deepEqual(save(), ['/etc/machine-id', '/etc/ssh/ssh_host_a']);
      const copies = join(node.data, 'lifeboot/identity');
      assert.equal(readFileSync(join(copies, 'etc/ssh/ssh_host_a'), 'utf8'), 'a');
      assert.equal(statSync(join(copies, 'etc/ssh/ssh_host_a')).mode & 0o7777, 0o600);
      assert.equal(existsSync(join(copies, 'etc/ssh/sshd_config')), false);
      assert.deepEqual(save(), []);
      writeFileSync(join(root, 'etc/ssh/ssh_host_a'), 'new');
      assert.deepEqual(save(), ['/etc/ssh/ssh_host_a']);
      const old = join(`${copies}-old`, 'etc/ssh/ssh_host_a');
      assert.equal(readFileSync(old, 'utf8'), 'a', 'the old one is kept until the next proof');
      assert.deepEqual(save(), []);
      assert.equal(existsSync(old), false);
      writeFileSync(join(root, 'etc/machine-id'), '');
      rmSync(join(root, 'etc/ssh'), { recursive: true });
      assert.deepEqual(save(), []);
      assert.equal(readFileSync(join(copies, 'etc/machine-id'), 'utf8'), 'm\n');
      assert.deepEqual(readdirSync(join(copies, 'etc/ssh')), ['ssh_host_a']);
    });
  },
  'does nothing without a data partition, and fails loudly on one that is full': () => {
    withNode((node) => {
      const root = join(node.dir, 'running');
      writeTree(root, { 'etc/machine-id': 'x'.repeat(500_000) });
      assert.deepEqual(saveIdentity(FILES, { data: node.data, root }), []);
      const device = node.disk('ext4', {}, { sizeMiB: 16 });
      node.assemble(node.disk('ext4', plainTree), { device });
      assert.throws(() => run('dd', 'if=/dev/zero', `of=${node.data}/fill`, 'bs=64K', 'status=none'));
      assertFails('IO', /'\/etc\/machine-id'.*ENOSPC/, () => saveIdentity(FILES, { data: node.data, root }));
      assert.deepEqual(readdirSync(join(node.data, 'lifeboot/identity/etc')), []);
    });
  },
});
