/**
 * One boot state record: bytes to payload and back.
 *
 * Pure. The layout is DESIGN's (docs/state-format.md): little-endian, magic, version, length, sequence, CRC-32 over
 * bytes 0 to 23 and the payload. Invariant: nothing whose checksum is wrong is ever taken for a record.
 */
import { Buffer } from 'node:buffer';
import { crc32 } from './crc32.ts';

export const RECORD_BYTES = 16_384;
export const HEADER_BYTES = 32;
export const MAX_PAYLOAD_BYTES = RECORD_BYTES - HEADER_BYTES;
export const MIN_MEDIUM_BYTES = 2 * RECORD_BYTES;
export const FORMAT_MAJOR = 1;
export const FORMAT_MINOR = 0;

const MAGIC = 'LIFEBOOT';

export type DecodedRecord =
  | { readonly kind: 'valid'; readonly sequence: bigint; readonly minor: number; readonly payload: string }
  /** No magic: nothing was ever written here. */
  | { readonly kind: 'blank' }
  | { readonly kind: 'corrupt'; readonly why: string }
  | { readonly kind: 'tooNew'; readonly major: number; readonly sequence: bigint };

/** @returns the offsets of record 0 and record 1 on a medium of `sizeBytes` (at least {@link MIN_MEDIUM_BYTES}). */
export function recordOffsets(sizeBytes: number): readonly [number, number] {
  return [0, Math.floor(sizeBytes / 2 / RECORD_BYTES) * RECORD_BYTES];
}

/**
 * @param payload the JSON text
 * @returns RECORD_BYTES bytes
 * @throws RangeError when the payload is longer than {@link MAX_PAYLOAD_BYTES}; callers trim it before
 */
export function encodeRecord(payload: string, sequence: bigint): Uint8Array {
  const body = new TextEncoder().encode(payload);
  if (body.length > MAX_PAYLOAD_BYTES) throw new RangeError(`a payload of ${body.length} bytes does not fit`);
  const record = new Uint8Array(RECORD_BYTES);
  const view = new DataView(record.buffer);
  record.set(new TextEncoder().encode(MAGIC), 0);
  view.setUint16(8, FORMAT_MAJOR, true);
  view.setUint16(10, FORMAT_MINOR, true);
  view.setUint32(12, body.length, true);
  view.setBigUint64(16, sequence, true);
  record.set(body, HEADER_BYTES);
  view.setUint32(24, checksum(record, body.length), true);
  return record;
}

/** @param record at least {@link RECORD_BYTES} bytes from the start of a record */
export function decodeRecord(record: Uint8Array): DecodedRecord {
  if (record.length < RECORD_BYTES) return { kind: 'corrupt', why: `only ${record.length} bytes could be read` };
  if (!hasMagic(record)) {
    return isErased(record.subarray(0, RECORD_BYTES))
      ? { kind: 'blank' }
      : { kind: 'corrupt', why: 'it does not begin with LIFEBOOT' };
  }
  const view = new DataView(record.buffer, record.byteOffset, RECORD_BYTES);
  const length = view.getUint32(12, true);
  const major = view.getUint16(8, true);
  const sequence = view.getBigUint64(16, true);
  // A newer format may have longer records: their checksum cannot be computed, and they are not overwritten either.
  if (length > MAX_PAYLOAD_BYTES && major > FORMAT_MAJOR) return { kind: 'tooNew', major, sequence };
  if (length > MAX_PAYLOAD_BYTES) return { kind: 'corrupt', why: `its length ${length} is beyond the record` };
  if (view.getUint32(24, true) !== checksum(record, length)) return { kind: 'corrupt', why: 'its checksum is wrong' };
  if (major > FORMAT_MAJOR) return { kind: 'tooNew', major, sequence };
  if (major < FORMAT_MAJOR) return { kind: 'corrupt', why: `its format ${major} was never released` };
  return {
    kind: 'valid',
    sequence,
    minor: view.getUint16(10, true),
    payload: new TextDecoder().decode(record.subarray(HEADER_BYTES, HEADER_BYTES + length)),
  };
}

// Compared as bytes: the first decoder of Latin-1 costs a start half a millisecond.
function hasMagic(record: Uint8Array): boolean {
  return [...MAGIC].every((letter, at) => record[at] === letter.charCodeAt(0));
}

/** Nothing but zeros and ones, as new media hold. */
function isErased(bytes: Uint8Array): boolean {
  // Bytes that all equal their neighbours are all equal: the usual case, found without looking at each here.
  const isUniform = Buffer.compare(bytes.subarray(1), bytes.subarray(0, -1)) === 0;
  return (isUniform ? bytes.subarray(0, 1) : bytes).every((byte) => byte === 0 || byte === 0xff);
}

function checksum(record: Uint8Array, payloadBytes: number): number {
  return crc32(record.subarray(HEADER_BYTES, HEADER_BYTES + payloadBytes), crc32(record.subarray(0, 24)));
}
