/**
 * CRC-32 as in zlib, IEEE 802.3: polynomial 0xEDB88320 reflected, initial value and final XOR 0xFFFFFFFF.
 *
 * Pure. Node's own `zlib.crc32` would draw an I/O module into the core for these few lines.
 */
const TABLE = makeTable();

/** Only the eight powers of two are divided bit by bit; all others are sums of them: an eighth of the work at each start. */
function makeTable(): Uint32Array {
  const table = new Uint32Array(256);
  for (let power = 128, value = 1; power > 0; power >>= 1) {
    value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    for (let index = 0; index < 256; index += 2 * power) table[index + power] = value ^ (table[index] ?? 0);
  }
  return table;
}

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
