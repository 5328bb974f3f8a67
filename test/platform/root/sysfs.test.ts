/** Partition names from a sysfs made by hand: this kernel need not know partition tables. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { namedPartitions } from '../../../src/platform/root/sysfs.ts';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';

/** `vda2=root-a`: a partition with its label; `vda`: a disk. */
function withSysfs(devices: readonly string[], body: (sysBlock: string) => void): void {
  withTempDir((dir) => {
    const sysBlock = join(dir, 'class');
    mkdirSync(sysBlock);
    for (const device of devices) {
      const [name = '', label] = device.split('=');
      const disk = label === undefined ? name : (/^[a-z]+/.exec(name)?.[0] ?? '');
      const place = join(dir, 'devices', disk, label === undefined ? '' : name);
      mkdirSync(place, { recursive: true });
      if (label !== undefined) {
        writeFileSync(join(place, 'partition'), '1\n');
        writeFileSync(
          join(place, 'uevent'),
          `MAJOR=254\nDEVTYPE=partition\n${label === '' ? '' : `PARTNAME=${label}\n`}`,
        );
      }
      symlinkSync(place, join(sysBlock, name));
    }
    body(sysBlock);
  });
}

spec('namedPartitions()', {
  'finds every partition of a label, and only the disks they are on': () => {
    withSysfs(['sda', 'sda1=boot', 'sda2=root-a', 'vda', 'vda1=root-a', 'vdb', 'vdb1=other'], (sysBlock) => {
      assert.deepEqual(namedPartitions('root-a', sysBlock), {
        paths: ['/dev/sda2', '/dev/vda1'],
        neighbours: ['/dev/sda1', '/dev/sda2', '/dev/vda1'],
      });
    });
  },
  'compares the whole label, with spaces and equals signs': () => {
    withSysfs(['vda', 'vda1=root-a2', 'vda2=a b', 'vda3='], (sysBlock) => {
      assert.deepEqual(namedPartitions('root-a', sysBlock).paths, []);
      assert.deepEqual(namedPartitions('a b', sysBlock).paths, ['/dev/vda2']);
      assert.deepEqual(namedPartitions('', sysBlock).paths, []);
    });
  },
  'finds nothing where there is nothing': () => {
    assert.deepEqual(namedPartitions('x', '/nowhere'), { paths: [], neighbours: [] });
  },
});
