/**
 * Command: `raise-major.ts DEVICE` makes both records of a boot state those of a newer major format, checksums right.
 */
import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

const RECORD_BYTES = 16_384;
const [device = ''] = process.argv.slice(2);
const file = openSync(device, 'r+');
// A medium of 1 MiB: the second record is in its middle.
for (const at of [0, 512 * 1024]) {
  const record = Buffer.alloc(RECORD_BYTES);
  readSync(file, record, 0, RECORD_BYTES, at);
  if (record.toString('latin1', 0, 8) !== 'LIFEBOOT') continue;
  record.writeUInt16LE(record.readUInt16LE(8) + 1, 8);
  const payload = record.subarray(32, 32 + record.readUInt32LE(12));
  record.writeUInt32LE(crc32(payload, crc32(record.subarray(0, 24))), 24);
  writeSync(file, record, 0, RECORD_BYTES, at);
}
fsyncSync(file);
closeSync(file);
