/**
 * Every image that a power cut can leave of a recorded run: cut anywhere, and lose any of what was not flushed.
 *
 * Pure. Whatever is unflushed just before a flush contains what was unflushed at each cut since the flush before it, as
 * one of its subsets. So the subsets are taken there, at each mark, and at the end. Where they are too many, these are
 * always among them: nothing, all, each cut in order, each cut from behind, each one alone, all but each one; and then
 * as many as are asked for by a seeded draw.
 */
import { hashImage, type Image, type Inode } from './image.ts';
import { belongsTo, Changing, type DiskEvent } from './units.ts';

export interface Cut {
  readonly image: Image;
  readonly hash: string;
  /** How many marks had been set by then. */
  readonly marks: number;
}

export type Random = () => number;

type Pending = Extract<DiskEvent, { kind: 'unit' }>;

/** Mulberry32: small, seeded, the same on every machine. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

/** @param most images at one place, where there are more subsets than that */
export function* cutImages(start: Image, events: readonly DiskEvent[], most: number, random: Random): Generator<Cut> {
  let base: ReadonlyMap<number, Inode> = start.inodes;
  let pending: readonly Pending[] = [];
  let marks = 0;
  let isTaken = false;
  const { roots } = start;
  function* take(): Generator<Cut> {
    if (isTaken) return;
    isTaken = true;
    for (const kept of subsets(pending, most, random)) {
      const changing = new Changing(base);
      for (const { unit } of kept) changing.apply(unit);
      const image = { inodes: changing.inodes, roots };
      yield { image, hash: hashImage(image), marks };
    }
  }
  for (const event of events) {
    switch (event.kind) {
      case 'make':
        base = new Map(base).set(event.number, event.inode);
        break;
      case 'unit':
        pending = [...pending, event];
        isTaken = false;
        break;
      case 'mark':
        yield* take();
        marks += 1;
        isTaken = false;
        break;
      case 'sync':
      case 'syncVolume': {
        yield* take();
        const flushed = flushedBy(event, pending);
        base = applied(base, [...flushed]);
        pending = pending.filter((one) => !flushed.has(one));
        break;
      }
      default:
        event satisfies never;
    }
  }
  yield* take();
}

function applied(base: ReadonlyMap<number, Inode>, units: readonly Pending[]): ReadonlyMap<number, Inode> {
  if (units.length === 0) return base;
  const changing = new Changing(base);
  for (const { unit } of units) changing.apply(unit);
  return changing.inodes;
}

type Flush = Extract<DiskEvent, { kind: 'sync' | 'syncVolume' }>;

/** What a flush makes durable, and what came before it at the same names: an older name cannot come back over a newer one. */
function flushedBy(event: Flush, pending: readonly Pending[]): ReadonlySet<Pending> {
  const flushed = new Set<Pending>();
  const names = new Set<string>();
  for (const one of pending.toReversed()) {
    const { unit, volume } = one;
    const isAsked =
      event.kind === 'sync' ? belongsTo(unit, event.inode) : event.volume === null || volume === event.volume;
    const keys = unit.kind === 'names' ? unit.changes.map(({ dir, name }) => `${dir} ${name}`) : [];
    if (!isAsked && !keys.some((key) => names.has(key))) continue;
    flushed.add(one);
    for (const key of keys) names.add(key);
  }
  return new Set(pending.filter((one) => flushed.has(one)));
}

/** Subsets in the order of `units`: a later write to the same place lies over an earlier one. */
function* subsets(units: readonly Pending[], most: number, random: Random): Generator<readonly Pending[]> {
  const count = units.length;
  if (2 ** count <= most) {
    for (let bits = 0; bits < 2 ** count; bits += 1) yield units.filter((_, index) => ((bits >> index) & 1) === 1);
    return;
  }
  for (let length = 0; length <= count; length += 1) yield units.slice(0, length);
  for (let length = 1; length < count; length += 1) yield units.slice(length);
  for (let index = 0; index < count; index += 1) {
    yield units.slice(index, index + 1);
    yield units.toSpliced(index, 1);
  }
  for (let drawn = 4 * count; drawn < most; drawn += 1) {
    const share = random();
    yield units.filter(() => random() < share);
  }
}
