/** Partition names from a sysfs made by hand: this kernel need not know partition tables. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blockDevices, firstSector } from '../../../src/platform/root/sysfs.ts';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';

/** `vda2=root-a`: a partition with its label; `vda`: a disk. */
function withSysfs(devices: readonly string[], body: (sysBlock: string, dir: string) => void): void {
  withTempDir((dir) => {
    const sysBlock = join(dir, 'class');
    mkdirSync(sysBlock);
    devices.forEach((device, index) => {
      const at = device.indexOf('=');
      const name = at < 0 ? device : device.slice(0, at);
      const label = at < 0 ? undefined : device.slice(at + 1);
      const disk = /^[a-z]+/.exec(name)?.[0] ?? '';
      const place = join(dir, 'devices', disk, label === undefined ? '' : name);
      mkdirSync(place, { recursive: true });
      const partition = label === undefined ? '' : `PARTN=${index}\n${label === '' ? '' : `PARTNAME=${label}\n`}`;
      writeFileSync(join(place, 'uevent'), `MAJOR=254\nDEVTYPE=x\n${partition}`);
      writeFileSync(join(place, 'start'), `${index}000\n`);
      symlinkSync(place, join(sysBlock, name));
    });
    body(sysBlock, dir);
  });
}

spec('blockDevices()', {
  'tells disks and partitions, their place and their labels': () => {
    withSysfs(['vda', 'vda1=a b=c', 'vda2='], (sysBlock, dir) => {
      const disk = join(dir, 'devices/vda');
      const devices = blockDevices(sysBlock);
      assert.deepEqual(devices, [
        { path: '/dev/vda', place: disk, disk: null, number: 0, partlabel: null },
        { path: '/dev/vda1', place: `${disk}/vda1`, disk, number: 1, partlabel: 'a b=c' },
        { path: '/dev/vda2', place: `${disk}/vda2`, disk, number: 2, partlabel: null },
      ]);
      assert.deepEqual(devices.map(firstSector), [0, 1000, 2000]);
    });
  },
  'finds nothing where there is nothing': () => {
    assert.deepEqual(blockDevices('/nowhere'), []);
  },
});
