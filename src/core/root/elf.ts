/**
 * Reads the headers of an ELF program: what it is for, what it needs, and whether the file is all there.
 *
 * Pure. Format: the System V ABI's "Object Files" and "Program Loading"; 32 and 64 bits, little-endian (every
 * machine that lifeboot runs on). A file that was cut off keeps a header that promises more than there is.
 */
import { viewOf } from './superblock.ts';

export interface ElfFile {
  readonly bits: 32 | 64;
  readonly machine: number;
  /** The program that loads it (PT_INTERP), or null: static. */
  readonly interpreter: string | null;
  /** The shared libraries it names (DT_NEEDED); empty when `bytes` did not reach that far. */
  readonly needed: readonly string[];
  /** How long the file must at least be by its own headers. */
  readonly endsAt: number;
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
}

/** Machines that a kernel for the key's processor can run, by Node's names. */
const MACHINES: Readonly<Record<string, readonly number[]>> = { x64: [62, 3], arm64: [183, 40] };

/** @returns whether `bytes` begin like an ELF file. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** @param arch Node's name of a processor; one that is not listed runs anything */
export function runsOn(elf: ElfFile, arch: string): boolean {
  return MACHINES[arch]?.includes(elf.machine) ?? true;
}

/**
 * @param bytes the file, or as much of its head as holds the program headers
 * @returns null when the headers themselves are cut off or make no sense
 */
export function parseElf(bytes: Uint8Array): ElfFile | null {
  const wide = bytes[4] === 2;
  if (!isElf(bytes) || bytes[5] !== 1 || bytes.length < (wide ? 64 : 52)) return null;
  const view = viewOf(bytes);
  const segments = readSegments(view, wide);
  if (segments === null) return null;
  const sectionsAt = readWord(view, wide ? 0x28 : 0x20, wide);
  const sectionsLength = view.getUint16(wide ? 0x3a : 0x2e, true) * view.getUint16(wide ? 0x3c : 0x30, true);
  const ends = segments
    .filter(({ type }) => type !== PT_NOTE_ON_STACK)
    .map(({ offset, fileSize }) => offset + fileSize);
  const interpreter = segments.find(({ type }) => type === PT_INTERP);
  return {
    bits: wide ? 64 : 32,
    machine: view.getUint16(0x12, true),
    interpreter: interpreter === undefined ? null : readText(bytes, interpreter.offset),
    needed: readNeeded(bytes, segments, wide),
    endsAt: Math.max(sectionsAt === 0 ? 0 : sectionsAt + sectionsLength, ...ends, 0),
  };
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
/** PT_GNU_STACK only carries flags. */
const PT_NOTE_ON_STACK = 0x6474e551;
const DT_NEEDED = 1;
const DT_STRTAB = 5;

function readSegments(view: DataView, wide: boolean): readonly Segment[] | null {
  const start = readWord(view, wide ? 0x20 : 0x1c, wide);
  const size = view.getUint16(wide ? 0x36 : 0x2a, true);
  const count = view.getUint16(wide ? 0x38 : 0x2c, true);
  if (count > 0 && (size < (wide ? 56 : 32) || start + size * count > view.byteLength)) return null;
  return Array.from({ length: count }, (_, index) => {
    const at = start + size * index;
    return {
      type: view.getUint32(at, true),
      offset: readWord(view, at + (wide ? 8 : 4), wide),
      address: readWord(view, at + (wide ? 16 : 8), wide),
      fileSize: readWord(view, at + (wide ? 32 : 16), wide),
    };
  });
}

function readNeeded(bytes: Uint8Array, segments: readonly Segment[], wide: boolean): readonly string[] {
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  if (dynamic === undefined || dynamic.offset + dynamic.fileSize > bytes.length) return [];
  const view = viewOf(bytes);
  const step = wide ? 8 : 4;
  const names: number[] = [];
  let strings: number | null = null;
  for (let at = dynamic.offset; at + 2 * step <= dynamic.offset + dynamic.fileSize; at += 2 * step) {
    const tag = readWord(view, at, wide);
    const value = readWord(view, at + step, wide);
    if (tag === 0) break;
    if (tag === DT_NEEDED) names.push(value);
    if (tag === DT_STRTAB) strings = toOffset(segments, value);
  }
  if (strings === null) return [];
  const table = strings;
  return names.map((name) => readText(bytes, table + name)).filter((name) => name !== '');
}

/** Where in the file the byte at a memory address is. */
function toOffset(segments: readonly Segment[], address: number): number | null {
  const home = segments.find(
    (segment) => segment.type === PT_LOAD && address >= segment.address && address < segment.address + segment.fileSize,
  );
  return home === undefined ? null : address - home.address + home.offset;
}

function readWord(view: DataView, at: number, wide: boolean): number {
  return wide ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true);
}

function readText(bytes: Uint8Array, start: number): string {
  const end = bytes.indexOf(0, start);
  return start >= bytes.length || end < 0 ? '' : Buffer.from(bytes.subarray(start, end)).toString('utf8');
}
