import assert from 'node:assert/strict';
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { crc32 } from '../../../src/core/state/crc32.ts';
import {
  decodeRecord,
  encodeRecord,
  MAX_PAYLOAD_BYTES,
  RECORD_BYTES,
  recordOffsets,
} from '../../../src/core/state/record-codec.ts';
import { spec } from '../../support/spec.ts';

const payloads = fc
  .string({ unit: 'grapheme', maxLength: 3000 })
  .filter((text) => Buffer.byteLength(text) <= MAX_PAYLOAD_BYTES);
const sequences = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

spec('crc32()', {
  'gives what zlib gives, also in pieces': () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (first, second) => {
        assert.equal(crc32(second, crc32(first)), zlibCrc32(Buffer.concat([first, second])));
      }),
    );
  },
});

spec('encodeRecord()', {
  'has the layout of the state format, byte by byte': () => {
    const record = encodeRecord('{}', 0x0102030405060708n);
    const header = Buffer.from(record.subarray(0, 34)).toString('hex');
    const crc = zlibCrc32(Buffer.concat([record.subarray(0, 24), record.subarray(32, 34)]));
    const crcBytes = Buffer.alloc(4);
    crcBytes.writeUInt32LE(crc);
    assert.equal(header, `4c494645424f4f5401000000020000000807060504030201${crcBytes.toString('hex')}000000007b7d`);
    assert.ok(record.subarray(34).every((byte) => byte === 0));
    assert.equal(record.length, RECORD_BYTES);
  },
  'gives back what was put in': () => {
    fc.assert(
      fc.property(payloads, sequences, (payload, sequence) => {
        assert.deepEqual(decodeRecord(encodeRecord(payload, sequence)), { kind: 'valid', minor: 0, payload, sequence });
      }),
    );
  },
  'refuses a payload that does not fit': () => {
    assert.throws(() => encodeRecord('x'.repeat(MAX_PAYLOAD_BYTES + 1), 1n), RangeError);
  },
});

spec('decodeRecord()', {
  'takes no record in which any bit of header or payload was flipped': () => {
    const length = 32 + 200;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: length * 8 - 1 }), (bit) => {
        const record = encodeRecord('p'.repeat(200), 7n);
        const at = bit >> 3;
        record[at] = (record[at] ?? 0) ^ (1 << (bit & 7));
        // Bytes 28 to 31 are reserved and not covered by the checksum.
        const expected = at >= 28 && at < 32 ? 'valid' : 'corrupt';
        assert.equal(decodeRecord(record).kind, expected);
      }),
      { numRuns: 500 },
    );
  },
  'takes no half-written record': () => {
    const old = encodeRecord(`{"old":"${'o'.repeat(9000)}"}`, 1n);
    const young = encodeRecord(`{"young":"${'y'.repeat(9000)}"}`, 3n);
    for (let cut = 512; cut < 9000; cut += 512) {
      const torn = Uint8Array.from([...young.subarray(0, cut), ...old.subarray(cut)]);
      assert.equal(decodeRecord(torn).kind, 'corrupt', `cut at ${cut}`);
    }
  },
  'tells blank from corrupt': () => {
    assert.equal(decodeRecord(new Uint8Array(RECORD_BYTES)).kind, 'blank');
    assert.equal(decodeRecord(new Uint8Array(RECORD_BYTES).fill(0xff)).kind, 'blank');
    assert.equal(decodeRecord(new Uint8Array(RECORD_BYTES).fill(7)).kind, 'corrupt');
    assert.equal(decodeRecord(new Uint8Array(100)).kind, 'corrupt');
  },
  'knows a newer format by its major, when the checksum vouches for it': () => {
    const record = encodeRecord('{}', 9n);
    const view = new DataView(record.buffer);
    view.setUint16(8, 2, true);
    assert.equal(decodeRecord(record).kind, 'corrupt');
    view.setUint32(24, crc32(record.subarray(32, 34), crc32(record.subarray(0, 24))), true);
    assert.deepEqual(decodeRecord(record), { kind: 'tooNew', major: 2, sequence: 9n });
  },
  'does not take a newer format with longer records for a corrupt one': () => {
    const record = encodeRecord('{}', 9n);
    const view = new DataView(record.buffer);
    view.setUint16(8, 2, true);
    view.setUint32(12, MAX_PAYLOAD_BYTES + 1, true);
    assert.equal(decodeRecord(record).kind, 'tooNew');
  },
  'reads a newer minor': () => {
    const record = encodeRecord('{"x":1}', 9n);
    const view = new DataView(record.buffer);
    view.setUint16(10, 7, true);
    view.setUint32(24, crc32(record.subarray(32, 39), crc32(record.subarray(0, 24))), true);
    assert.deepEqual(decodeRecord(record), { kind: 'valid', minor: 7, payload: '{"x":1}', sequence: 9n });
  },
});

spec('recordOffsets()', {
  'puts record 1 at the middle, rounded down to 16 KiB': () => {
    assert.deepEqual(recordOffsets(32_768), [0, 16_384]);
    assert.deepEqual(recordOffsets(65_536), [0, 32_768]);
    assert.deepEqual(recordOffsets(1_048_576), [0, 524_288]);
    assert.deepEqual(recordOffsets(100_000), [0, 49_152]);
  },
});
