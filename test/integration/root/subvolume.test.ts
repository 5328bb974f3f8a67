/** Read-only Btrfs subvolumes as bases. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mountAt } from '../../../src/core/root/mountinfo.ts';
import { spec } from '../../support/spec.ts';
import { type BtrfsDisk, makeBtrfs, makeSubvolume } from './btrfs-disk.ts';
import { assertFails, mounts, type Node, run, withNode } from './disks.ts';

const NAME = '@roots/a';

function withDisk(body: (node: Node, disk: BtrfsDisk) => void): void {
  withNode((node) => {
    const disk = makeBtrfs(node);
    disk.within((top) => makeSubvolume(top, NAME));
    body(node, disk);
  });
}

spec('subvolume base', {
  'is mounted read-only, whatever the default subvolume is, and the data partition may be the same file system': () => {
    withDisk((node, { device, within }) => {
      within((top) => run('btrfs', 'subvolume', 'set-default', join(top, `${NAME}.written`)));
      const source = { root: device, subvolume: NAME };
      const request = { kind: 'persistent', device } as const;
      const { found, degraded } = node.assemble(source, request);
      assert.deepEqual(degraded, []);
      assert.equal(found.device, device);
      assert.equal(found.deployment.version, 'test 1');
      assert.equal(node.builder.check(null), '/sbin/init');
      const base = mountAt(mounts(), node.base);
      assert.deepEqual([base?.type, base?.root, base?.options.includes('ro')], ['btrfs', `/${NAME}`, true]);
      assert.throws(() => writeFileSync(join(node.base, 'x'), ''), /EROFS/);
      writeFileSync(join(node.newRoot, 'etc/kept'), 'kept\n');
      node.builder.release();
      assert.deepEqual(node.mounted(), []);
      assert.deepEqual(node.assemble(source, request).degraded, []);
      assert.equal(node.inRoot('etc/kept'), 'kept\n');
      node.builder.release();
      within((top) => {
        assert.ok(existsSync(join(top, '@roots')), 'the store is not at the top level');
        const [upper = ''] = run('find', join(top, 'lifeboot/upper'), '-name', 'kept').trim().split('\n');
        assert.equal(readFileSync(upper, 'utf8'), 'kept\n');
        assert.ok(!existsSync(join(top, NAME, 'etc/kept')));
      });
    });
  },
  'keeps its id when it is mounted, renamed and copied from, and has another one when it was changed': () => {
    withDisk((node, { device, within }) => {
      const idOf = (subvolume: string): string => node.inspect({ root: device, subvolume }).deployment.id;
      const first = idOf(NAME);
      node.assemble({ root: device, subvolume: NAME }, { kind: 'persistent', device });
      assert.equal(idOf(NAME), first, 'while it is used');
      node.builder.release();
      within((top) => {
        run('btrfs', '-q', 'subvolume', 'snapshot', join(top, NAME), join(top, 'copy'));
        writeFileSync(join(top, 'copy/new'), 'new');
        run('btrfs', '-q', 'property', 'set', '-ts', join(top, 'copy'), 'ro', 'true');
        run('mv', join(top, NAME), join(top, '@roots/renamed'));
      });
      assert.equal(idOf('@roots/renamed'), first);
      assert.notEqual(idOf('copy'), first);
      within((top) => {
        const path = join(top, '@roots/renamed');
        run('btrfs', 'property', 'set', '-ts', path, 'ro', 'false');
        writeFileSync(join(path, 'etc/hostname'), 'changed');
        run('btrfs', 'property', 'set', '-ts', path, 'ro', 'true');
      });
      assert.notEqual(idOf('@roots/renamed'), first);
    });
  },
  'refuses what is missing, no subvolume, or can be written, and says which': () => {
    withDisk((node, { device, within }) => {
      within((top) => mkdirSync(join(top, 'plain')));
      const mount = (subvolume: string) => () => node.mountBase({ root: device, subvolume });
      assertFails('ABSENT', /there is no subvolume '@roots\/gone'/, mount('@roots/gone'));
      assertFails('CONTENT', /'plain'.*plain directory/, mount('plain'));
      const error = assertFails('CONTENT', /can be written/, mount(`${NAME}.written`));
      assert.match(error.hint ?? '', /snapshot -r/);
      assertFails('CONTENT', /squashfs/, () =>
        node.mountBase({ root: node.disk('squashfs', { x: 'x' }), subvolume: NAME }),
      );
      assert.deepEqual(node.mounted(), []);
    });
  },
});
