import assert from 'node:assert/strict';
import { BootError } from '../../../src/core/errors.ts';
import { type BlockDevice, isNamed, parseBlkidExport } from '../../../src/core/root/blkid.ts';
import { type Candidate, chooseDevice } from '../../../src/core/root/choose-device.ts';
import { parseDeviceName } from '../../../src/core/root/device-name.ts';
import { spec } from '../../support/spec.ts';

spec('parseDeviceName()', {
  'knows the four tags and keeps everything behind the first equals sign': () => {
    assert.deepEqual(parseDeviceName('PARTLABEL=a=b'), { kind: 'tag', tag: 'PARTLABEL', value: 'a=b' });
    for (const tag of ['PARTUUID', 'LABEL', 'UUID']) {
      assert.deepEqual(parseDeviceName(`${tag}=x`), { kind: 'tag', tag, value: 'x' });
    }
  },
  'takes an absolute path, also one with an equals sign': () => {
    assert.deepEqual(parseDeviceName('/dev/disk/by-id/a=b'), { kind: 'path', path: '/dev/disk/by-id/a=b' });
  },
  'refuses what names no device': () => {
    for (const text of ['', 'root-a', 'label=x', 'LABEL=', '=x', 'XLABEL=y', 'dev/sda1']) {
      assert.throws(
        () => parseDeviceName(text),
        (error) => error instanceof BootError && error.code === 'CONFIG',
        `'${text}' was taken`,
      );
    }
  },
});

const OUTPUT = `DEVNAME=/dev/vda2
LABEL=root\\ a
UUID=1ebd1f6a-0000-4000-8000-00000000000a
BLOCK_SIZE=4096
TYPE=ext4
PARTLABEL=data\\ x\\"y
PARTUUID=947cd55e-152a-4347-9880-900b94c69466

DEVNAME=/dev/vda1
PARTLABEL=lifeboot-state
PARTUUID=c3665258-bd29-4a38-8a62-f4454a0f556e
`;

spec('parseBlkidExport()', {
  'reads devices with and without a file system, and takes the backslashes away': () => {
    const [first, second, ...rest] = parseBlkidExport(OUTPUT);
    assert.deepEqual(first, {
      path: '/dev/vda2',
      type: 'ext4',
      uuid: '1ebd1f6a-0000-4000-8000-00000000000a',
      label: 'root a',
      partlabel: 'data x"y',
      partuuid: '947cd55e-152a-4347-9880-900b94c69466',
    });
    assert.equal(second?.type, null);
    assert.equal(second?.partlabel, 'lifeboot-state');
    assert.deepEqual(rest, []);
  },
  'finds nothing in nothing': () => {
    assert.deepEqual(parseBlkidExport(''), []);
    assert.deepEqual(parseBlkidExport('\n\nTYPE=ext4\n'), []);
  },
});

const device = (change: Partial<BlockDevice>): BlockDevice => ({
  path: '/dev/vda1',
  type: null,
  uuid: null,
  label: null,
  partlabel: null,
  partuuid: null,
  ...change,
});

spec('isNamed()', {
  'compares labels exactly and ids without regard to case': () => {
    assert.equal(isNamed(device({ label: 'Root' }), parseDeviceName('LABEL=root')), false);
    assert.equal(isNamed(device({ label: 'root-a2' }), parseDeviceName('LABEL=root-a')), false);
    assert.equal(isNamed(device({ uuid: 'ABCD-12' }), parseDeviceName('UUID=abcd-12')), true);
    assert.equal(isNamed(device({ partuuid: 'ab' }), parseDeviceName('PARTUUID=AB')), true);
  },
  'does not take one tag for another': () => {
    assert.equal(isNamed(device({ label: 'x' }), parseDeviceName('PARTLABEL=x')), false);
    assert.equal(isNamed(device({ partuuid: 'x' }), parseDeviceName('UUID=x')), false);
  },
});

const candidate = (path: string, change: Partial<Candidate> = {}): Candidate => ({
  path,
  partuuid: `u${path}`,
  serial: null,
  removable: false,
  ...change,
});

spec('chooseDevice()', {
  'has nothing to choose from nothing': () => {
    assert.equal(chooseDevice('LABEL=x', [], null), null);
  },
  'takes the only one, and says when it is another than at the last proof': () => {
    assert.equal(chooseDevice('LABEL=x', [candidate('/a')], null)?.note, null);
    assert.equal(chooseDevice('LABEL=x', [candidate('/a')], { partuuid: 'u/a', serial: null })?.note, null);
    assert.match(
      chooseDevice('LABEL=x', [candidate('/a')], { partuuid: 'u/b', serial: null })?.note ?? '',
      /another device/,
    );
  },
  'takes the recorded one of two, even when it can be pulled out': () => {
    const choice = chooseDevice('LABEL=x', [candidate('/a'), candidate('/b', { removable: true })], {
      partuuid: 'u/b',
      serial: null,
    });
    assert.equal(choice?.chosen.path, '/b');
    assert.match(choice?.note ?? '', /2 devices.*'\/b'.*last proof.*not '\/a'/);
  },
  'takes what hangs on USB last of the fixed ones: a stick may say that it is none': () => {
    const three = [candidate('/stick', { removable: true }), candidate('/usb', { isUsb: true }), candidate('/disk')];
    assert.equal(chooseDevice('LABEL=x', three, null)?.chosen.path, '/disk');
    assert.equal(chooseDevice('LABEL=x', three.slice(0, 2), null)?.chosen.path, '/usb');
  },
  'takes the first that is fixed when none is recorded, or the record fits none': () => {
    const two = [candidate('/stick', { removable: true }), candidate('/disk')];
    assert.equal(chooseDevice('LABEL=x', two, null)?.chosen.path, '/disk');
    assert.equal(chooseDevice('LABEL=x', two, { partuuid: 'gone', serial: null })?.chosen.path, '/disk');
    assert.equal(chooseDevice('LABEL=x', two, { partuuid: null, serial: null })?.chosen.path, '/disk');
  },
  'tells two clones apart by the serial of their disk': () => {
    const clones = [
      candidate('/a', { partuuid: 'same', serial: 'S1' }),
      candidate('/b', { partuuid: 'same', serial: 'S2' }),
    ];
    assert.equal(chooseDevice('LABEL=x', clones, { partuuid: 'same', serial: 'S2' })?.chosen.path, '/b');
  },
});
