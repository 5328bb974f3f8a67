/**
 * Makes file-system images from trees and GPT disks from file-system images, without loop devices or mounts.
 *
 * Effects only: mke2fs, mksquashfs, mkfs.erofs, sfdisk and dd on plain files.
 */
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { runTool } from './run-tool.ts';

const MIB = 1024 * 1024;

export interface Ext4Options {
  readonly target: string;
  readonly sizeMiB: number;
  readonly label: string;
  /** Directory whose content is put in; absent: an empty file system. */
  readonly tree?: string;
}

export function makeExt4({ target, sizeMiB, label, tree }: Ext4Options): void {
  rmSync(target, { force: true });
  const fill = tree === undefined ? [] : ['-d', tree];
  // Lazy tables would be finished by the guest's kernel, in the middle of what is measured.
  const options = ['-E', 'lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0', '-m', '0', '-J', 'size=8'];
  runTool('mke2fs', ['-q', '-F', '-t', 'ext4', '-L', label, ...options, ...fill, target, `${sizeMiB}M`]);
}

export function makeSquashfs(target: string, tree: string): void {
  rmSync(target, { force: true });
  runTool('mksquashfs', [tree, target, '-quiet', '-no-progress', '-comp', 'zstd', '-Xcompression-level', '1']);
}

export function makeErofs(target: string, tree: string): void {
  rmSync(target, { force: true });
  runTool('mkfs.erofs', ['--quiet', target, tree]);
}

export interface Partition {
  /** The GPT partition label (PARTLABEL=). */
  readonly name: string;
  readonly sizeMiB: number;
  /** Image that is copied into the partition; absent: zeros. */
  readonly image?: string;
}

/** Where each partition starts, in MiB; the first leaves the usual MiB free. */
function startsOf(partitions: readonly Partition[]): number[] {
  let start = 1;
  return partitions.map((partition) => {
    const own = start;
    start += partition.sizeMiB;
    return own;
  });
}

/** Makes a GPT disk image with these partitions, in this order. */
export function makeDisk(target: string, partitions: readonly Partition[]): void {
  const starts = startsOf(partitions);
  const endMiB = partitions.reduce((sum, partition) => sum + partition.sizeMiB, 1);
  rmSync(target, { force: true });
  writeFileSync(target, '');
  truncateSync(target, (endMiB + 1) * MIB);
  const table = partitions.map(
    ({ name, sizeMiB }, index) => `start=${starts[index]}MiB, size=${sizeMiB}MiB, name=${name}`,
  );
  runTool('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', target], {
    input: `label: gpt\n${table.join('\n')}\n`,
  });
  partitions.forEach(({ image }, index) => {
    if (image === undefined) return;
    runTool('dd', [
      `if=${image}`,
      `of=${target}`,
      'bs=1M',
      `seek=${starts[index]}`,
      'conv=sparse,notrunc',
      'status=none',
    ]);
  });
}

/** Copies a partition out of a disk image, e.g. to examine its file system on the host. */
export function extractPartition(disk: string, partitions: readonly Partition[], name: string, target: string): void {
  const { start, size } = placeOf(partitions, name);
  runTool('dd', [
    `if=${disk}`,
    `of=${target}`,
    'bs=1M',
    `skip=${start}`,
    `count=${size}`,
    'conv=sparse',
    'status=none',
  ]);
}

/** Writes an image over a partition of a disk image. */
export function overwritePartition(disk: string, partitions: readonly Partition[], name: string, image: string): void {
  const { start, size } = placeOf(partitions, name);
  runTool('dd', [
    `if=${image}`,
    `of=${disk}`,
    'bs=1M',
    `seek=${start}`,
    `count=${size}`,
    'conv=notrunc',
    'status=none',
  ]);
}

/** Where a partition lies, in MiB. */
export function placeOf(partitions: readonly Partition[], name: string): { start: number; size: number } {
  const index = partitions.findIndex((partition) => partition.name === name);
  const size = partitions[index]?.sizeMiB;
  const start = startsOf(partitions)[index];
  if (size === undefined || start === undefined) throw new Error(`the disk has no partition '${name}'`);
  return { start, size };
}

/** A copy that a guest may write to; shares its blocks with the original where the file system can. */
export function copyDisk(source: string, target: string): void {
  runTool('cp', ['--reflink=auto', '--sparse=always', source, target]);
}
