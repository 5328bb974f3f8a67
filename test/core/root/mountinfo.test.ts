import assert from 'node:assert/strict';
import { classifyMountFailure } from '../../../src/core/root/mount-failure.ts';
import { lowerLayers, mountAt, optionValue, parseMountinfo, pointsBelow } from '../../../src/core/root/mountinfo.ts';
import { overlayOptions } from '../../../src/core/root/overlay-options.ts';
import { spec } from '../../support/spec.ts';

const TEXT = `22 27 0:21 / /proc rw,relatime - proc proc rw
66 44 7:1 / /run/lifeboot/data rw,relatime shared:5 master:2 - ext4 /dev/loop1 rw,errors=continue
69 44 0:39 / /sysroot rw,relatime - overlay lifeboot rw,lowerdir=base,upperdir=data/u,workdir=data/w,xino=auto
70 69 7:1 /lifeboot/persist/var /sysroot/with\\040space\\134 rw - ext4 /dev/loop1 rw
71 44 0:40 / /sysroot rw - tmpfs on\\040top rw
`;

spec('parseMountinfo()', {
  'reads entries with any number of optional fields, and octal escapes': () => {
    const entries = parseMountinfo(TEXT);
    assert.equal(entries.length, 5);
    assert.deepEqual(entries[1], {
      device: '7:1',
      root: '/',
      point: '/run/lifeboot/data',
      type: 'ext4',
      source: '/dev/loop1',
      options: ['rw', 'relatime'],
      superOptions: ['rw', 'errors=continue'],
    });
    assert.equal(entries[3]?.point, '/sysroot/with space\\');
    assert.equal(entries[3]?.root, '/lifeboot/persist/var');
    assert.equal(entries[4]?.source, 'on top');
  },
  'skips what is no entry': () => {
    assert.deepEqual(parseMountinfo('\n1 2 3\nnonsense - ext4\n'), []);
  },
});

spec('mountAt()', {
  'sees the entry on top': () => {
    assert.equal(mountAt(parseMountinfo(TEXT), '/sysroot')?.type, 'tmpfs');
    assert.equal(mountAt(parseMountinfo(TEXT), '/sys'), undefined);
  },
});

spec('optionValue()', {
  'takes the value of exactly that name': () => {
    assert.equal(optionValue(['xlowerdir=z', 'lowerdir=a=b'], 'lowerdir'), 'a=b');
    assert.equal(optionValue(['lowerdir+=a'], 'lowerdir'), undefined);
  },
});

spec('lowerLayers()', {
  'reads both ways in which the kernel shows them': () => {
    assert.deepEqual(lowerLayers(['rw', 'lowerdir=l/2:l/1:base']), ['l/2', 'l/1', 'base']);
    assert.deepEqual(lowerLayers(['lowerdir+=l/1', 'lowerdir+=base']), ['l/1', 'base']);
    assert.deepEqual(lowerLayers(['rw']), []);
  },
});

spec('pointsBelow()', {
  'lists newest first, and no sibling whose name only begins alike': () => {
    const entries = parseMountinfo(`${TEXT}80 1 0:50 / /sysroot2 rw - tmpfs t rw\n`);
    assert.deepEqual(pointsBelow(entries, ['/sysroot']), ['/sysroot', '/sysroot/with space\\', '/sysroot']);
  },
});

spec('overlayOptions()', {
  'pins what this kernel knows and nothing else': () => {
    const layers = { lower: ['l/1', 'base'], upper: 'u', work: 'w' };
    assert.equal(overlayOptions(layers, []), 'lowerdir=l/1:base,upperdir=u,workdir=w');
    assert.equal(
      overlayOptions(layers, ['redirect_dir', 'index', 'metacopy', 'xino_auto', 'redirect_max']),
      'lowerdir=l/1:base,upperdir=u,workdir=w,index=off,xino=auto,metacopy=off,redirect_dir=on',
    );
  },
  'refuses names that would be read as several, and options that the kernel would cut off': () => {
    for (const name of ['a:b', 'a,b', 'a\\b', 'a b', '']) {
      assert.throws(() => overlayOptions({ lower: [name], upper: 'u', work: 'w' }, []), /character with a meaning/);
    }
    const lower = Array.from({ length: 600 }, (_, index) => `layer${index}`);
    assert.throws(() => overlayOptions({ lower, upper: 'u', work: 'w' }, []), /4095 fit/);
  },
  'fits 400 numbered layers': () => {
    const lower = [...Array.from({ length: 400 }, (_, index) => `l/${index}`), 'base'];
    assert.ok(overlayOptions({ lower, upper: 'data/u', work: 'data/w' }, ['index', 'metacopy']).length < 4096);
  },
});

spec('classifyMountFailure()', {
  'tells whose fault it is': () => {
    const cases = {
      "mount: /x: unknown filesystem type 'xfs'.": 'IO',
      'mount: /x: wrong fs type, bad option, bad superblock on /dev/loop0, missing codepage': 'CONTENT',
      'mount: /x: mount(2) system call failed: Structure needs cleaning.': 'CONTENT',
      "mount: /x: can't read superblock on /dev/loop0.": 'IO',
      'mount: /x: special device /dev/nope does not exist.': 'ABSENT',
      'mount: /x: mount(2) system call failed: No such device or address.': 'ABSENT',
      'mount: /x: something nobody has seen.': 'IO',
    };
    for (const [said, code] of Object.entries(cases)) assert.equal(classifyMountFailure(said).code, code, said);
  },
  'says that the kernel lacks a file system': () => {
    assert.match(classifyMountFailure("unknown filesystem type 'xfs'").hint, /module/);
  },
});
