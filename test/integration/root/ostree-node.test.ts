/** What belongs to a node and not to a commit, on an OSTree deployment: identity, slots, repair, the end of a boot. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { examineSlot, withOwnAdvice } from '../../../src/core/repair/examine-slot.ts';
import { pointsBelow } from '../../../src/core/root/mountinfo.ts';
import { examineRoot } from '../../../src/platform/repair/examine-disk.ts';
import { findDevice } from '../../../src/platform/root/find-device.ts';
import { saveIdentity } from '../../../src/platform/root/save-identity.ts';
import { spec } from '../../support/spec.ts';
import { mounts, type Node, plainTree, run, withNode } from './disks.ts';
import { FILES, inImage } from './identity-tree.ts';
import { makeOstreeDisk, runInside } from './ostree-disk.ts';

const OWN = { kind: 'persistent' } as const;

function withTwo(body: (node: Node, disk: ReturnType<typeof makeOstreeDisk>) => void): void {
  withNode((node) => body(node, makeOstreeDisk(node, ['1', '2'])));
}

spec('identity files on an OSTree deployment', {
  'reach its /etc and the home of root, and stay there': () => {
    withTwo((node, disk) => {
      inImage(node, { 'etc/machine-id': 'image\n', 'root/.ssh/authorized_keys': 'ssh-ed25519 A\n' });
      node.assemble({ root: disk.device, ostree: 'debian' }, OWN);
      assert.deepEqual(node.builder.placeIdentity(FILES), []);
      node.builder.release();
      node.within(disk.file, (dir) => {
        const home = join(dir, 'ostree/deploy/debian');
        assert.equal(readFileSync(join(home, `deploy/${disk.commits[1]}.0/etc/machine-id`), 'utf8'), 'image\n');
        assert.equal(readFileSync(join(home, 'var/roothome/.ssh/authorized_keys'), 'utf8'), 'ssh-ed25519 A\n');
        assert.equal(existsSync(join(home, `deploy/${disk.commits[1]}.0/usr/etc/machine-id`)), false);
      });
    });
  },
  'replace what the commit brought; what was changed since is newer': () => {
    withNode((node) => {
      const disk = makeOstreeDisk(node, ['1'], { tree: { 'usr/etc/machine-id': 'from-the-commit\n' } });
      const source = { root: disk.device, ostree: 'debian' };
      inImage(node, { 'etc/machine-id': 'image\n' });
      for (const [there, expected] of [
        [null, 'image\n'],
        ['renewed\n', 'renewed\n'],
        ['', 'image\n'],
      ] as const) {
        node.assemble(source, OWN);
        if (there !== null) writeFileSync(join(node.newRoot, 'etc/machine-id'), there);
        node.builder.release();
        node.assemble(source, OWN);
        node.builder.placeIdentity(FILES);
        assert.equal(node.inRoot('etc/machine-id'), expected);
        node.builder.release();
      }
    });
  },
  'come from the data partition, and go back to it from a proven deployment': () => {
    withTwo((node, disk) => {
      const device = node.disk('ext4', { 'lifeboot/identity/etc/machine-id': 'data\n' }, { sizeMiB: 32 });
      node.assemble({ root: disk.device, ostree: 'debian' }, { ...OWN, device });
      node.builder.placeIdentity(FILES);
      assert.equal(node.inRoot('etc/machine-id'), 'data\n');
      writeFileSync(join(node.newRoot, 'etc/machine-id'), 'renewed\n');
      saveIdentity(FILES, { data: node.data, root: node.newRoot });
      node.builder.release();
      node.assemble({ root: disk.device, ostree: 'debian/1' }, { ...OWN, device });
      node.builder.placeIdentity(FILES);
      assert.equal(node.inRoot('etc/machine-id'), 'renewed\n');
    });
  },
  'are in memory only in a clean boot': () => {
    withTwo((node, disk) => {
      inImage(node, { 'etc/machine-id': 'image\n' });
      node.assemble({ root: disk.device, ostree: 'debian' }, { kind: 'tmpfs' });
      node.builder.placeIdentity(FILES);
      assert.equal(node.inRoot('etc/machine-id'), 'image\n');
      node.builder.release();
      node.within(disk.file, (dir) =>
        assert.equal(existsSync(join(dir, `ostree/deploy/debian/deploy/${disk.commits[1]}.0/etc/machine-id`)), false),
      );
    });
  },
});

spec('an OSTree deployment as a slot', {
  'can be one of two of the same repository, and each is the booted one in its turn': () => {
    withTwo((node, disk) => {
      for (const [ostree, index] of [
        ['debian', 1],
        ['debian/1', 0],
      ] as const) {
        node.assemble({ root: disk.device, ostree }, OWN);
        const status = runInside(node, 'ostree', 'admin', 'status');
        assert.equal(/^\* debian ([0-9a-f]+)\.0/m.exec(status)?.[1], disk.commits[index]);
        node.builder.release();
      }
    });
  },
  'leaves nothing behind for a slot of another kind that is booted instead': () => {
    withTwo((node, disk) => {
      node.assemble({ root: disk.device, ostree: 'debian' }, OWN);
      node.builder.release();
      assert.deepEqual(node.mounted(), []);
      node.assemble(node.disk('ext4', plainTree));
      assert.equal(existsSync(join(node.dir, 'run/ostree-booted')), false);
      assert.equal(node.inRoot('etc/hostname'), 'from-the-base\n');
    });
  },
  'comes apart in the order in which the shutdown unmounts, with nothing left busy': () => {
    for (const kind of ['persistent', 'tmpfs'] as const) {
      withTwo((node, disk) => {
        node.assemble({ root: disk.device, ostree: 'debian' }, { kind });
        for (const point of pointsBelow(mounts(), [node.dir])) run('umount', point);
        assert.deepEqual(node.mounted(), []);
        node.within(disk.file, () => undefined);
      });
    }
  },
  'is examined as what it is: the deployment, with the advice that fits': () => {
    withTwo((node, disk) => {
      const look = (ostree: string) => {
        const options = { runDir: node.runDir, arch: process.arch, find: findDevice };
        const facts = examineRoot({ root: disk.device, ostree, recorded: null, init: null }, options);
        return withOwnAdvice(examineSlot('b', facts), 'b', 'use ostree');
      };
      const report = look('debian/1');
      assert.equal(report.deployment?.id, disk.commits[0]);
      assert.deepEqual(
        report.findings.filter(({ level }) => level === 'fail'),
        [],
      );
      node.within(disk.file, (dir) => {
        const place = join(dir, `ostree/deploy/debian/deploy/${disk.commits[0]}.0/usr/sbin/init`);
        run('rm', place);
        mkdirSync(place);
      });
      const broken = look('debian/1');
      assert.equal(broken.soundness, 'damaged');
      assert.ok(broken.findings.some(({ advice }) => advice?.includes('use ostree')));
      assert.deepEqual(node.mounted(), []);
    });
  },
});
