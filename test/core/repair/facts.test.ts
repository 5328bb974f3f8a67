/** From what programs and bytes say to facts: file system checks, kernel files, forms of images. */
import assert from 'node:assert/strict';
import { formatBytes } from '../../../src/core/repair/examine-slot.ts';
import { checkCommand, judgeCheck } from '../../../src/core/repair/file-system-check.ts';
import { expectedKernelFiles, isKernelCut } from '../../../src/core/repair/kernel-files.ts';
import type { SuperblockFacts } from '../../../src/core/repair/slot-facts.ts';
import { bytesToWrite, type SourceFacts, sourceForm } from '../../../src/core/repair/source-facts.ts';
import { spec } from '../../support/spec.ts';

function holding(type: string | null, hasBackup = false): SuperblockFacts {
  return { type, label: null, uuid: null, sizeBytes: null, notes: [], isJournalDirty: false, hasBackup };
}

function ended(status: number | null, stdout = '') {
  return { status, stdout, stderr: '', trouble: status === null ? 'program not found' : null };
}

spec('checkCommand()', {
  'only ever reads': () => {
    assert.deepEqual(checkCommand(holding('ext4'), '/dev/x'), ['e2fsck', '-fn', '/dev/x']);
    assert.deepEqual(checkCommand(holding('xfs'), '/dev/x'), ['xfs_repair', '-n', '/dev/x']);
    assert.deepEqual(checkCommand(holding('btrfs'), '/dev/x'), ['btrfs', 'check', '--readonly', '/dev/x']);
    assert.deepEqual(checkCommand(holding(null, true), '/dev/x'), ['e2fsck', '-fn', '/dev/x']);
    for (const type of ['squashfs', 'constructor', null]) assert.equal(checkCommand(holding(type), '/dev/x'), null);
  },
});

spec('judgeCheck()', {
  'tells errors from a program that did not work': () => {
    assert.equal(judgeCheck(holding('ext4'), ended(0))?.outcome, 'clean');
    assert.equal(judgeCheck(holding('ext4'), ended(4))?.outcome, 'errors');
    assert.equal(judgeCheck(holding('ext4'), ended(12))?.outcome, 'errors');
    assert.equal(judgeCheck(holding('ext4'), ended(8))?.outcome, 'notRun');
    assert.deepEqual(judgeCheck(holding('erofs'), ended(null)), {
      program: 'fsck.erofs',
      outcome: 'notRun',
      said: 'program not found',
    });
  },
  'keeps the first complaints of e2fsck, without its questions': () => {
    const output = `Pass 1: Checking inodes, blocks, and sizes
Entry 'main.ts' in / (2) has deleted/unused inode 142.  Clear? no

Block bitmap differences:  -(2732--2735)
Fix? no

Inode bitmap differences:  -142
Fix? no

x: ********** WARNING: Filesystem still has errors **********

x: 197/8192 files (0.0% non-contiguous), 7520/32768 blocks`;
    assert.equal(
      judgeCheck(holding('ext4'), ended(4, output))?.said,
      "Entry 'main.ts' in / (2) has deleted/unused inode 142; Block bitmap differences:  -(2732--2735) (and 1 more)",
    );
  },
});

function expected(names: readonly string[], extlinux: string | null = null, links: readonly string[] = []) {
  return expectedKernelFiles({ names, links, extlinux });
}

spec('expectedKernelFiles()', {
  'expects nothing of a slot that boots with a shared kernel': () => {
    assert.deepEqual(expected(['grub', 'config-6.1', 'System.map-6.1']), []);
  },
  'expects the kernel of each initramfs, and the initramfs of each kernel where others have one': () => {
    const pair = ['/boot/initrd.img-6.1', '/boot/vmlinuz-6.1'];
    assert.deepEqual(expected(['vmlinuz-6.1', 'initrd.img-6.1', 'initrd.img-6.1.proven', 'initrd.img-6.1.id']), pair);
    assert.deepEqual(expected(['initrd.img-6.1']), pair);
    assert.deepEqual(expected(['vmlinuz-6.1']), ['/boot/vmlinuz-6.1']);
    assert.deepEqual(expected(['vmlinuz-6.1', 'vmlinuz-6.2', 'initrd.img-6.1']), [
      '/boot/initrd.img-6.1',
      '/boot/initrd.img-6.2',
      '/boot/vmlinuz-6.1',
      '/boot/vmlinuz-6.2',
    ]);
    assert.deepEqual(expected(['initramfs-6.1.img']), ['/boot/initramfs-6.1.img', '/boot/vmlinuz-6.1']);
  },
  'expects what extlinux.conf and the links name': () => {
    const text =
      'DEFAULT primary\nLABEL primary\n  LINUX /boot/Image\n  INITRD initrd\n  FDT /boot/dtb/x.dtb\n  APPEND root=/dev/x\n';
    assert.deepEqual(expected([], text), ['/boot/Image', '/boot/dtb/x.dtb', '/boot/extlinux/initrd']);
    assert.deepEqual(expected([], null, ['/vmlinuz']), ['/vmlinuz']);
  },
});

spec('isKernelCut()', {
  'compares an x86 kernel with the length in its header': () => {
    const head = Buffer.alloc(1024);
    head.write('HdrS', 0x202);
    head[0x1f1] = 3;
    head.writeUInt32LE(100, 0x1f4);
    const whole = 4 * 512 + 1600;
    assert.deepEqual([isKernelCut(head, whole), isKernelCut(head, whole - 1)], [false, true]);
    assert.equal(isKernelCut(Buffer.alloc(1024), 10), false, 'of other kernels nothing is known');
  },
});

spec('sourceForm()', {
  'recognises what is no raw file system': () => {
    const head = (bytes: readonly number[], at = 0): Buffer => {
      const block = Buffer.alloc(4096);
      block.set(bytes, at);
      return block;
    };
    assert.equal(sourceForm(head([0x1f, 0x8b]), null), 'compressed');
    assert.equal(sourceForm(head([0x28, 0xb5, 0x2f, 0xfd]), null), 'compressed');
    assert.equal(sourceForm(head([0x3a, 0xff, 0x26, 0xed]), null), 'sparse');
    assert.equal(sourceForm(head([...Buffer.from('EFI PART')], 512), null), 'disk');
    const mbr = head([0x55, 0xaa], 510);
    assert.equal(sourceForm(mbr, null), 'nothing');
    mbr[450] = 0x83;
    assert.equal(sourceForm(mbr, null), 'disk');
    assert.equal(sourceForm(head([0x1f, 0x8b]), 'ext4'), 'file system');
  },
});

spec('bytesToWrite()', {
  'is all of an image and the file system of a slot, in whole blocks where there is room': () => {
    const image = { sizeBytes: 5000, fileSystemBytes: 4096, disk: null } as SourceFacts;
    assert.equal(bytesToWrite(image, 1 << 20), 8192);
    assert.equal(bytesToWrite(image, 5120), 5120);
    assert.equal(bytesToWrite({ ...image, disk: {} } as SourceFacts, 1 << 20), 4096);
  },
});

spec('formatBytes()', {
  'has a unit that reads well': () => {
    assert.deepEqual([512, 1024, 33_554_432, 1_500_000, 17_179_869_184].map(formatBytes), [
      '512 bytes',
      '1 KiB',
      '32 MiB',
      '1.4 MiB',
      '16 GiB',
    ]);
  },
});
