/** What `repair` sees on real file systems: each kind of damage is found, in words, and nothing is changed by looking. */
import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { examineSlot, type SlotReport } from '../../../src/core/repair/examine-slot.ts';
import { examineRoot } from '../../../src/platform/repair/examine-disk.ts';
import { findDevice } from '../../../src/platform/root/find-device.ts';
import { spec } from '../../support/spec.ts';
import { busybox, digest, type FileSystem, type Node, plainTree, run, type Tree, withNode } from '../root/disks.ts';

function examine(node: Node, root: string): SlotReport {
  const options = { runDir: node.runDir, arch: process.arch, find: findDevice };
  return examineSlot('b', examineRoot({ root, recorded: null, init: null }, options));
}

/** What is not in order, as `level subject: found`. */
function complaints(node: Node, root: string): string[] {
  const { findings } = examine(node, root);
  for (const { level, advice } of findings) assert.equal(advice === null, level === 'ok');
  return findings
    .filter(({ level }) => level !== 'ok')
    .map(({ level, subject, found }) => `${level} ${subject}: ${found}`);
}

/** Overwrites bytes of an image before it is attached. */
function spoil(file: string, offset: number, bytes: Uint8Array): void {
  const image = openSync(file, 'r+');
  try {
    writeSync(image, bytes, 0, bytes.length, offset);
  } finally {
    closeSync(image);
  }
}

const noise = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 7919 + 13) % 256);

/** Enough that damage in the middle hits a file. */
const bigTree: Tree = { ...plainTree, 'usr/lib/big': Buffer.from(noise(6 << 20)), 'usr/lib/other': busybox };
const kernelTree: Tree = {
  ...plainTree,
  'boot/vmlinuz-6.1': 'kernel',
  'boot/initrd.img-6.1': 'initramfs',
  vmlinuz: '-> boot/vmlinuz-6.1',
};

spec('repair SLOT on real file systems', {
  'finds nothing wrong with a sound slot, of each file system, and changes not a byte': () => {
    withNode((node) => {
      for (const type of ['ext4', 'squashfs', 'erofs', 'xfs', 'btrfs'] as const satisfies readonly FileSystem[]) {
        const file = node.makeImage(type, kernelTree);
        const before = digest(file);
        const report = examine(node, node.attach(file));
        assert.deepEqual(
          report.findings.filter(({ level }) => level !== 'ok'),
          [],
          type,
        );
        assert.deepEqual([report.soundness, report.fileSystem, report.deployment?.version], ['sound', type, 'test 1']);
        assert.ok(
          report.findings.some(({ subject, found }) => subject === 'kernel' && found.includes('/boot/vmlinuz-6.1')),
        );
        assert.equal(digest(file), before, `${type} was changed by looking at it`);
        assert.deepEqual(node.mounted(), []);
      }
    });
  },
  'finds a superblock that is gone, with a backup and without one': () => {
    withNode((node) => {
      const ext4 = node.makeImage('ext4', plainTree);
      spoil(ext4, 1024, new Uint8Array(1024));
      const [superblock = '', check = ''] = complaints(node, node.attach(ext4));
      assert.equal(superblock, 'fail superblock: the superblock is damaged or overwritten; a backup of ext4 is there');
      assert.match(check, /^fail file system: e2fsck finds errors: /);
      const erofs = node.makeImage('erofs', plainTree);
      spoil(erofs, 1024, noise(128));
      assert.deepEqual(complaints(node, node.attach(erofs)), [
        'fail superblock: no file system is recognised: empty, overwritten or encrypted',
      ]);
      const squashfs = node.makeImage('squashfs', plainTree);
      spoil(squashfs, 0, noise(96));
      assert.match(complaints(node, node.attach(squashfs))[0] ?? '', /^fail superblock: no file system is recognised/);
    });
  },
  'finds a file system that is damaged inside': () => {
    withNode((node) => {
      const ext4 = node.makeImage('ext4', plainTree);
      run('debugfs', '-w', '-R', 'clri /etc/hostname', ext4);
      const before = digest(ext4);
      const report = examine(node, node.attach(ext4));
      assert.deepEqual([report.soundness, report.remedy], ['damaged', 'fsck']);
      assert.equal(digest(ext4), before, 'the kernel was not made to mark it');
      assert.match(
        complaints(node, node.attach(ext4))[0] ?? '',
        /^fail file system: e2fsck finds errors: Entry 'hostname' in \/etc/,
      );
      for (const type of ['squashfs', 'erofs'] as const) {
        const file = type === 'erofs' ? compressedErofs(node) : node.makeImage(type, bigTree);
        spoil(file, Math.floor(readFileSync(file).length / 2), noise(300_000));
        const all = complaints(node, node.attach(file)).join('\n');
        assert.match(all, /^fail files: cannot be read: '\/(usr|sbin)/m, `${type}: ${all}`);
        assert.equal(examine(node, node.attach(file)).remedy, 'write');
      }
    });
  },
  'finds an image that is cut off': () => {
    withNode((node) => {
      for (const type of ['ext4', 'squashfs', 'erofs'] as const) {
        const file = node.makeImage(type, bigTree);
        truncateSync(file, 4096 * Math.floor(readFileSync(file).length / 8192));
        assert.match(complaints(node, node.attach(file))[0] ?? '', /^fail superblock: .* it is cut off$/, type);
      }
    });
  },
  'finds an init that is missing, truncated or for another machine': () => {
    withNode((node) => {
      const { 'sbin/init': _init, ...without } = plainTree;
      assert.match(
        complaints(node, node.disk('ext4', without)).join(),
        /^fail init: no init in the root: looked for \/sbin\/init/,
      );
      const cut = { ...plainTree, 'sbin/init': busybox.subarray(0, 5000) };
      for (const type of ['ext4', 'squashfs', 'erofs'] as const) {
        assert.deepEqual(complaints(node, node.disk(type, cut)), [
          "fail init: '/sbin/init' of the root cannot be started: the file is cut off",
        ]);
      }
      const foreign = Buffer.from(busybox);
      foreign.writeUInt16LE(243, 18);
      assert.match(
        complaints(node, node.disk('ext4', { ...plainTree, 'sbin/init': foreign })).join(),
        /for another machine/,
      );
    });
  },
  'finds a kernel or an initramfs that is missing, empty or leads nowhere': () => {
    withNode((node) => {
      const { 'boot/vmlinuz-6.1': _kernel, ...noKernel } = kernelTree;
      assert.deepEqual(complaints(node, node.disk('ext4', noKernel)), [
        "fail kernel: '/boot/vmlinuz-6.1' is missing",
        "fail kernel: '/vmlinuz' is missing",
      ]);
      assert.deepEqual(complaints(node, node.disk('squashfs', { ...kernelTree, 'boot/initrd.img-6.1': '' })), [
        "fail kernel: '/boot/initrd.img-6.1' is empty",
      ]);
      const extlinux = { ...plainTree, 'boot/extlinux/extlinux.conf': 'LABEL x\n  LINUX /boot/Image\n' };
      assert.deepEqual(complaints(node, node.disk('erofs', extlinux)), ["fail kernel: '/boot/Image' is missing"]);
    });
  },
  'tells what is odd and what is not there': () => {
    withNode((node) => {
      assert.match(complaints(node, '/dev/disk/by-label/nowhere')[0] ?? '', /^fail device: device '.*' was not found$/);
      const file = node.makeImage('ext4', plainTree);
      run('debugfs', '-w', '-R', 'feature needs_recovery', file);
      const all = complaints(node, node.attach(file));
      assert.equal(all[0], `warn superblock: its journal is dirty: it was not unmounted cleanly`);
      assert.ok(
        all.every((text) => text.startsWith('warn')),
        all.join('\n'),
      );
      const writable = node.attach(node.makeImage('ext4', plainTree));
      node.within(writable, () => {
        const [said = ''] = complaints(node, writable);
        assert.match(said, /^warn device: .* is mounted writable, so its file system is not checked$/);
      });
      assert.deepEqual(
        complaints(node, node.attach(node.makeImage('ext4', plainTree), '--read-only')).map(
          (text) => text.split(':')[0],
        ),
        ['warn device'],
      );
    });
  },
});

/** Without compression a flipped bit in the data of erofs is not seen by anybody: it has no checksums. */
function compressedErofs(node: Node): string {
  const name = node.makeImage('squashfs', {});
  const tree = `${name}.big`;
  run('mkdir', '-p', tree);
  run(
    'unsquashfs',
    '-f',
    '-q',
    '-n',
    '-d',
    tree,
    node.makeImage('squashfs', {
      ...plainTree,
      'usr/lib/text': 'many words, '.repeat(200_000),
      'usr/lib/big': Buffer.from(noise(3 << 20)),
    }),
  );
  const file = `${name}.erofs`;
  run('mkfs.erofs', '--quiet', '-zlz4', file, tree);
  truncateSync(file, 4096 * Math.ceil(readFileSync(file).length / 4096));
  return file;
}
