import assert from 'node:assert/strict';
import { parseMountinfo } from '../../../src/core/root/mountinfo.ts';
import { overlayFault } from '../../../src/core/root/overlay-fault.ts';
import { spec } from '../../support/spec.ts';

const BASE = '65 44 7:0 / /run/lb/base ro,relatime - ext4 /dev/loop0 ro,norecovery';
const ROOT = '69 44 0:39 / /sysroot rw - overlay lifeboot rw,lowerdir=l/1:base,upperdir=u,workdir=w,xino=auto';
const expected = {
  newRoot: '/sysroot',
  base: '/run/lb/base',
  lower: ['l/1', 'base'],
  upper: 'u',
  work: 'w',
  deviceNumber: '7:0',
};
const fault = (...lines: readonly string[]): string | null => overlayFault(parseMountinfo(lines.join('\n')), expected);

spec('overlayFault()', {
  'finds none in what was asked for, however the kernel shows the layers': () => {
    assert.equal(fault(BASE, ROOT), null);
    assert.equal(fault(BASE, ROOT.replace('lowerdir=l/1:base', 'lowerdir+=l/1,lowerdir+=base')), null);
  },
  'finds a layer that was dropped, added or exchanged': () => {
    for (const shown of ['l/1', 'base', 'base:l/1', 'l/1:base:x', 'l/10:base', '']) {
      assert.match(fault(BASE, ROOT.replace('l/1:base', shown)) ?? '', /lowerdir is/, shown);
    }
    assert.match(fault(BASE, ROOT.replace('upperdir=u', 'upperdir=v')) ?? '', /upperdir is 'v', not 'u'/);
    assert.match(fault(BASE, ROOT.replace(',workdir=w', '')) ?? '', /workdir is '', not 'w'/);
  },
  'finds an overlay that turned read-only, and one that something else lies on': () => {
    assert.match(fault(BASE, ROOT.replace('lifeboot rw,', 'lifeboot ro,')) ?? '', /turned read-only/);
    assert.match(fault(BASE, ROOT, '70 69 0:40 / /sysroot rw - tmpfs t rw') ?? '', /shows tmpfs/);
    assert.match(fault(BASE) ?? '', /shows nothing/);
  },
  'finds a base that is missing, another one, or writable': () => {
    assert.match(fault(ROOT) ?? '', /base is not mounted/);
    assert.match(fault(BASE.replace('7:0', '7:1'), ROOT) ?? '', /device 7:1, not 7:0/);
    assert.match(fault(BASE.replace('loop0 ro', 'loop0 rw'), ROOT) ?? '', /mounted writable/);
    assert.equal(fault(BASE.replace('7:0', '0:99').replace('ext4', 'btrfs'), ROOT), null);
  },
});
