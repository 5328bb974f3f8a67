/** The head of a send stream, as btrfs-progs 6.2 wrote it. */
import assert from 'node:assert/strict';
import { parseSendHeader } from '../../../src/core/btrfs/send-header.ts';
import { subvolumeDigest } from '../../../src/core/btrfs/subvolume-id.ts';
import { spec } from '../../support/spec.ts';

/** `btrfs send --no-data`, of a subvolume named `a`, and the beginning of the second command. */
const STREAM = Buffer.from(
  '62747266732d73747265616d00010000002500000001 00ec8d52fb0f0001006101001000f89c57c9d05b7d4197ed1123fa1ecad4'.replace(
    ' ',
    '',
  ) + '02000800070000000000000 01c0000001300'.replace(' ', ''),
  'hex',
);

spec('parseSendHeader()', {
  'tells the subvolume and the transaction that changed it last': () => {
    const uuid = 'f89c57c9-d05b-7d41-97ed-1123fa1ecad4';
    assert.deepEqual(parseSendHeader(STREAM), { uuid, changedIn: 7n });
  },
  'tells nothing from what is no stream, not enough of it, or another command': () => {
    for (let length = 0; length < 64; length += 1) assert.equal(parseSendHeader(STREAM.subarray(0, length)), null);
    assert.equal(parseSendHeader(Buffer.from('ERROR: subvolume is not read-only')), null);
    const other = Buffer.from(STREAM);
    other.writeUInt16LE(3, 21);
    assert.equal(parseSendHeader(other), null);
    const long = Buffer.from(STREAM);
    long.writeUInt32LE(0xffffffff, 17);
    assert.equal(parseSendHeader(long), null);
  },
});

spec('subvolumeDigest()', {
  'differs for each subvolume and each change of one': () => {
    const uuid = 'f89c57c9-d05b-7d41-97ed-1123fa1ecad4';
    const digests = [
      subvolumeDigest({ uuid, changedIn: 7n }),
      subvolumeDigest({ uuid, changedIn: 8n }),
      subvolumeDigest({ uuid: uuid.replace('f', 'e'), changedIn: 7n }),
    ];
    assert.equal(new Set(digests).size, 3);
    assert.match(digests[0] ?? '', /^[0-9a-f]{64}$/);
  },
});
