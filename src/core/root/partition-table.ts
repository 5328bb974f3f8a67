/**
 * Partition labels and ids from the head of a disk: GPT (UEFI specification, chapter 5) and MBR.
 *
 * Pure. The kernel has already decided which partitions there are; a partition is recognised here by its first sector,
 * so a table that does not agree with the kernel (primary damaged, backup used) says nothing about it.
 */
import { dashed } from './probe.ts';
import { viewOf } from './superblock.ts';

export interface TableEntry {
  /** In units of 512 bytes, as the kernel counts. */
  readonly firstSector: number;
  readonly partuuid: string;
  readonly partlabel: string | null;
}

/** Both tables and the usual 128 entries, for sectors of 512 or 4096 bytes. */
export const TABLE_BYTES = 6 * 4096;
const ENTRY_LIMIT = 128;

/**
 * @param head the first {@link TABLE_BYTES} of a disk; @param sectorBytes its logical sector size
 * @param numbers tells the partition numbers and first sectors that the kernel shows: an MBR's entries are named by them
 */
export function parsePartitionTable(
  head: Uint8Array,
  sectorBytes: number,
  numbers: () => ReadonlyMap<number, number>,
): readonly TableEntry[] {
  const at = sectorBytes;
  const isGpt = head.length >= at + 92 && Buffer.from(head.subarray(at, at + 8)).toString('latin1') === 'EFI PART';
  return isGpt ? parseGpt(head, sectorBytes) : parseMbr(head, numbers());
}

function parseGpt(head: Uint8Array, sectorBytes: number): readonly TableEntry[] {
  const view = viewOf(head);
  const start = Number(view.getBigUint64(sectorBytes + 72, true)) * sectorBytes;
  const count = Math.min(view.getUint32(sectorBytes + 80, true), ENTRY_LIMIT);
  const size = view.getUint32(sectorBytes + 84, true);
  if (size < 128) return [];
  return Array.from({ length: count }, (_, index) => start + index * size)
    .filter((at) => at + size <= head.length && view.getBigUint64(at + 32, true) !== 0n)
    .map((at) => ({
      firstSector: Number(view.getBigUint64(at + 32, true)) * (sectorBytes / 512),
      partuuid: mixedEndianUuid(head.subarray(at + 16, at + 32)),
      partlabel:
        Buffer.from(head.subarray(at + 56, at + 128))
          .toString('utf16le')
          .split('\0')[0] || null,
    }));
}

function parseMbr(head: Uint8Array, numbers: ReadonlyMap<number, number>): readonly TableEntry[] {
  if (head.length < 512 || head[510] !== 0x55 || head[511] !== 0xaa) return [];
  const id = viewOf(head).getUint32(440, true);
  if (id === 0) return [];
  const name = id.toString(16).padStart(8, '0');
  return [...numbers].map(([number, firstSector]) => ({
    firstSector,
    partuuid: `${name}-${number.toString(16).padStart(2, '0')}`,
    partlabel: null,
  }));
}

/** The first three groups of a GUID are little-endian. */
function mixedEndianUuid(bytes: Uint8Array): string {
  const view = viewOf(bytes);
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const head = hex(view.getUint32(0, true), 8) + hex(view.getUint16(4, true), 4) + hex(view.getUint16(6, true), 4);
  return dashed(head + Buffer.from(bytes.subarray(8)).toString('hex'));
}
