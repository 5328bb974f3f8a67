/**
 * Mutates inputs: bits, bytes, numbers, ranges, words of the format, pieces of other inputs.
 *
 * Pure. Each input depends on nothing but its own draw, so that one input of a million can be made again alone.
 */
import type { Random } from '../crash/disk/cuts.ts';

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff];
/** Long enough for a parser that is not linear to show it. */
const MOST_BYTES = 20_000;

type Change = (bytes: Buffer, draw: Draw) => Buffer;

interface Draw {
  readonly random: Random;
  readonly words: readonly string[];
  readonly other: Buffer;
}

const below = (random: Random, limit: number): number => Math.floor(random() * limit);
const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)] as T;

const splice = (bytes: Buffer, at: number, gone: number, put: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + gone)]);

const CHANGES: readonly Change[] = [
  (bytes, { random }) => {
    const at = below(random, bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
    return bytes;
  },
  (bytes, { random }) => {
    bytes[below(random, bytes.length)] = below(random, 256);
    return bytes;
  },
  (bytes, { random }) => {
    const width = pick(random, [1, 2, 4]);
    if (bytes.length < width) return bytes;
    bytes.writeUIntLE(pick(random, INTERESTING) % 256 ** width, below(random, bytes.length - width + 1), width);
    return bytes;
  },
  (bytes, { random }) => splice(bytes, below(random, bytes.length), 1 + below(random, 40), Buffer.alloc(0)),
  (bytes, { random, words }) => splice(bytes, below(random, bytes.length), 0, Buffer.from(pick(random, words))),
  (bytes, { random, words }) =>
    splice(bytes, below(random, bytes.length), 1 + below(random, 8), Buffer.from(pick(random, words))),
  (bytes, { random, other }) => {
    const from = below(random, other.length);
    return splice(
      bytes,
      below(random, bytes.length),
      below(random, 64),
      other.subarray(from, from + 1 + below(random, 200)),
    );
  },
  (bytes, { random }) => bytes.subarray(0, below(random, bytes.length)),
  (bytes, { random }) => {
    const from = below(random, bytes.length);
    const piece = bytes.subarray(from, from + 1 + below(random, 24));
    // Mostly a few times; now and then so often that anything quadratic would be seen.
    const times = random() < 0.02 ? 400 : 1 + below(random, 6);
    return splice(bytes, from, 0, Buffer.concat(Array.from({ length: times }, () => piece)));
  },
];

/** @returns `seed` with one to six changes */
export function mutate(seed: Uint8Array, draw: Draw): Buffer {
  let bytes: Buffer = Buffer.from(seed);
  const count = 1 + below(draw.random, 6);
  for (let done = 0; done < count && bytes.length > 0; done += 1) bytes = pick(draw.random, CHANGES)(bytes, draw);
  return bytes.length > MOST_BYTES + seed.length ? bytes.subarray(0, MOST_BYTES + seed.length) : bytes;
}
