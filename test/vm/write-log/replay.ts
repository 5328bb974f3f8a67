/**
 * Replays a log over the partition of the boot state: at every flush, and at cuts between flushes in which any of the
 * sectors that were not flushed are lost.
 *
 * Invariants that are asked at each: a state can be read; it is never older than what was flushed, and never one that was
 * not written; what an operator was told is in it; and where the node really booted next, the decision is the one it took.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { planBoot } from '../../../src/core/boot/plan-boot.ts';
import type { Config } from '../../../src/core/config/config.ts';
import { chooseRecord } from '../../../src/core/state/choose-record.ts';
import type { StateReading } from '../../../src/core/state/reading.ts';
import { RECORD_BYTES, recordOffsets } from '../../../src/core/state/record-codec.ts';
import { seeded } from '../../crash/disk/cuts.ts';
import { type Day, whatIsMissing } from './expectation.ts';
import { type Entry, SECTOR_BYTES, sectorsOf, type WrittenSector } from './log.ts';

export interface ReplayInput {
  readonly log: string;
  readonly entries: readonly Entry[];
  /** The partition of the state before the day. */
  readonly state: Uint8Array;
  /** Its first sector on the disk. */
  readonly firstSector: number;
  readonly config: Config;
  readonly day: Day;
}

export interface Replayed {
  readonly flushes: number;
  readonly cuts: number;
  /** Different contents of the partition among them. */
  readonly distinct: number;
  readonly saves: number;
  readonly decisions: number;
  readonly acknowledged: number;
  readonly wrong: readonly string[];
}

/** Draws in each stretch between two flushes in which the state was written. */
const DRAWS = 24;

export function decide(reading: StateReading, config: Config): string | null {
  return planBoot({
    ...{ config, forcedSlot: null, state: reading, stateUnwritable: null, bootId: 'f'.repeat(32), now: null },
    ...{ bases: {}, failures: [], evidence: null, notes: [] },
  }).slot;
}

export function readPartition(partition: Uint8Array): StateReading {
  const [first, second] = recordOffsets(partition.length);
  return chooseRecord([
    partition.subarray(first, first + RECORD_BYTES),
    partition.subarray(second, second + RECORD_BYTES),
  ]);
}

export class Replay {
  readonly wrong: string[] = [];
  private readonly input: ReplayInput;
  private readonly partition: Buffer;
  private readonly file: number;
  private readonly random = seeded(1);
  private readonly seen = new Set<string>();
  private pending: readonly WrittenSector[] = [];
  private sequences = new Set<bigint>();
  private counts = { flushes: 0, cuts: 0, decisions: 0, acknowledged: 0 };

  constructor(input: ReplayInput) {
    this.input = input;
    this.partition = Buffer.from(input.state);
    this.file = openSync(input.log, 'r');
  }

  run(): Replayed {
    const { entries, day } = this.input;
    const boots = [...day.boots];
    const acknowledged = [...day.acknowledged];
    for (const [index, entry] of entries.entries()) {
      while (acknowledged[0] !== undefined && acknowledged[0].entries <= index) this.ask(acknowledged.shift());
      while (boots[0] !== undefined && boots[0].entries <= index) this.compare(boots.shift());
      if (entry.kind === 'write')
        this.pending = [...this.pending, ...sectorsOf(entry).filter((one) => this.isOurs(one))];
      if (entry.kind === 'flush') this.flush(index);
    }
    for (const one of acknowledged) this.ask(one);
    closeSync(this.file);
    const { seen, sequences, wrong } = this;
    return { ...this.counts, distinct: seen.size, saves: sequences.size, wrong };
  }

  private isOurs({ sector }: WrittenSector): boolean {
    const { firstSector, state } = this.input;
    return sector >= firstSector && sector < firstSector + state.length / SECTOR_BYTES;
  }

  private applied(sectors: readonly WrittenSector[]): Buffer {
    const content = Buffer.from(this.partition);
    for (const { sector, at } of sectors) {
      readSync(this.file, content, (sector - this.input.firstSector) * SECTOR_BYTES, SECTOR_BYTES, at);
    }
    return content;
  }

  /** What was written since the last flush becomes durable; before that, it could have been lost in any part. */
  private flush(index: number): void {
    this.counts.flushes += 1;
    if (this.pending.length === 0) return;
    const [before, after] = [readPartition(this.partition), readPartition(this.applied(this.pending))];
    for (let drawn = 0; drawn < DRAWS; drawn += 1) {
      const share = this.random();
      const { pending } = this;
      const kept =
        drawn < 8
          ? pending.slice(0, Math.ceil((pending.length * drawn) / 8))
          : pending.filter(() => this.random() < share);
      this.look(
        this.applied(kept),
        [before, after],
        `request ${index}, a cut that keeps ${kept.length} of ${pending.length} sectors`,
      );
      this.counts.cuts += 1;
    }
    this.applied(this.pending).copy(this.partition);
    this.pending = [];
    this.look(this.partition, [after], `request ${index}, a flush`);
    if (after.kind === 'valid') this.sequences.add(after.sequence);
    const isOlder = before.kind === 'valid' && after.kind === 'valid' && after.sequence < before.sequence;
    if (isOlder) this.wrong.push(`request ${index}: a flush has brought an older state back`);
  }

  private look(content: Buffer, allowed: readonly StateReading[], where: string): void {
    this.seen.add(content.toString('latin1'));
    const reading = readPartition(content);
    if (reading.kind !== 'valid') {
      this.wrong.push(`${where}: the state is ${reading.kind}: ${reading.why}`);
      return;
    }
    const text = JSON.stringify(reading.state);
    const isAllowed = allowed.some((one) => one.kind === 'valid' && JSON.stringify(one.state) === text);
    if (!isAllowed) this.wrong.push(`${where}: a state that was never saved, or an older one`);
    if (decide(reading, this.input.config) === null) this.wrong.push(`${where}: the next decision enters nothing`);
  }

  /** What an operator was told must be in what is flushed, even if all that is not is lost. */
  private ask(told: Day['acknowledged'][number] | undefined): void {
    if (told === undefined) return;
    this.counts.acknowledged += 1;
    const reading = readPartition(this.partition);
    const missing = reading.kind === 'valid' ? whatIsMissing(reading.state, told.expectation) : reading.why;
    if (missing !== null) this.wrong.push(`request ${told.entries}: acknowledged, and ${missing}`);
  }

  private compare(boot: Day['boots'][number] | undefined): void {
    if (boot === undefined || boot.chosen === null) return;
    this.counts.decisions += 1;
    const reading = readPartition(this.applied(this.pending));
    const decided = decide(reading, this.input.config);
    if (decided !== boot.chosen) {
      this.wrong.push(`request ${boot.entries}: the decision is ${decided}, and the node chose ${boot.chosen}`);
    }
  }
}
