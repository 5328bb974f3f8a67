/**
 * The boot state in a file on vfat, as boards keep it on their boot partition: written in the initramfs of a real guest,
 * read back from the disk. One boot of about twenty seconds under emulation.
 */
import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStatePath } from '../../../src/platform/state/open-state.ts';
import { spec } from '../../support/spec.ts';
import { newRunDir, repoDir } from '../support/places.ts';
import { runTool } from '../support/run-tool.ts';
import { bootNode, makeImage, makeNodeDisk } from './small-node.ts';

const FILE_BYTES = 65_536;
const BOOT_MIB = 16;

/** A vfat file system that holds an empty, preallocated state file. */
function makeBootImage(dir: string): string {
  const image = join(dir, 'boot.img');
  const file = join(dir, 'empty.state');
  writeFileSync(image, '');
  truncateSync(image, BOOT_MIB << 20);
  runTool('mkfs.vfat', ['-n', 'BOOT', image]);
  writeFileSync(file, new Uint8Array(FILE_BYTES));
  runTool('mcopy', ['-i', image, file, '::lifeboot.state']);
  return image;
}

/** The state file as it is on the disk after the boot. */
function readStateFile(dir: string, disk: string): string {
  const table = JSON.parse(runTool('sfdisk', ['--json', disk]).stdout) as {
    partitiontable: { partitions: { name: string; start: number }[] };
  };
  const boot = table.partitiontable.partitions.find(({ name }) => name === 'boot');
  const file = join(dir, 'lifeboot.state');
  runTool('mcopy', ['-n', '-i', `${disk}@@${(boot?.start ?? 0) * 512}`, '::lifeboot.state', file]);
  return file;
}

spec('boot state on vfat', {
  'holds the attempt of a boot, and the file system is left in order': async () => {
    const dir = newRunDir('state-on-vfat');
    const disk = makeNodeDisk(dir, [{ name: 'boot', sizeMiB: BOOT_MIB, image: makeBootImage(dir) }]);
    const initrd = makeImage({
      dir,
      name: 'vfat',
      roots: ['PARTLABEL=root-a', 'PARTLABEL=root-b'],
      config: `[state]\ndevice = "LABEL=BOOT"\nfile = "lifeboot.state"\n[upper]\nkind = "tmpfs"\n`,
      binary: join(repoDir, 'dist/lifeboot'),
    });
    const text = await bootNode({ dir, name: 'vfat', initrd, disk });
    assert.match(text, /slot a is chosen: trial, 0 of 3 attempts used/);
    const reading = openStatePath(readStateFile(dir, disk)).read();
    assert.equal(reading.kind === 'valid' ? reading.state.slots['a']?.attempts : reading.kind, 1);
    assert.doesNotMatch(text, /was not properly unmounted|Volume was not/);
  },
});
