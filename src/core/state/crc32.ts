/**
 * CRC-32 as in zlib, IEEE 802.3: polynomial 0xEDB88320 reflected, initial value and final XOR 0xFFFFFFFF.
 *
 * Pure. Node's own `zlib.crc32` would draw an I/O module into the core for these few lines.
 */
const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/**
 * @param before the checksum of the bytes before these, to go on from
 * @returns an unsigned 32-bit number
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before >>> 0;
  // By index: twice as fast as an iterator.
  for (let at = 0; at < bytes.length; at += 1) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return ~crc >>> 0;
}
