/**
 * Really boots the node from what a power cut would have left of its disk, at flushes and between them.
 */
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../../src/core/config/config.ts';
import { seeded } from '../../crash/disk/cuts.ts';
import { copyDisk } from '../support/disk.ts';
import { startFarEnd } from '../support/far-end.ts';
import type { NodeImage } from '../support/node-image.ts';
import { withGuest } from '../support/qemu.ts';
import { type Entry, SECTOR_BYTES, sectorsOf, type WrittenSector } from './log.ts';
import { forwardEnd, statePlace } from './node.ts';
import { waitForProof } from './reach.ts';
import { CMDLINE } from './record-day.ts';
import { decide, readPartition } from './replay.ts';

const LIMIT_MS = 240_000;

export interface CutToBoot {
  /** So many requests had reached the disk. */
  readonly entries: number;
  /** Which share of what was not flushed is kept; null: a flush, nothing is open. */
  readonly share: number | null;
}

/** Half at flushes, half between two of them where something was open, spread over the day. */
export function chooseCuts(entries: readonly Entry[], count: number): readonly CutToBoot[] {
  const random = seeded(2);
  const flushes = entries.flatMap((entry, index) => (entry.kind === 'flush' ? [index + 1] : []));
  const between = flushes.filter((at) => entries[at - 2]?.kind === 'write').map((at) => at - 1);
  const spread = <T>(from: readonly T[], many: number): readonly T[] =>
    Array.from(
      { length: Math.min(many, from.length) },
      (_, index) => from[Math.floor(((index + 0.5) * from.length) / many)] as T,
    );
  const atFlush = spread(flushes, Math.ceil(count / 2)).map((at): CutToBoot => ({ entries: at, share: null }));
  const open = spread(between, Math.floor(count / 2)).map((at): CutToBoot => ({ entries: at, share: random() }));
  return [...atFlush, ...open].sort((left, right) => left.entries - right.entries);
}

export interface BootedCut {
  readonly cut: CutToBoot;
  readonly decided: string | null;
  readonly booted: string | null;
  readonly seconds: number;
  /** Why it is not as it should be, or null. */
  readonly wrong: string | null;
}

interface Setting {
  readonly dir: string;
  readonly image: NodeImage;
  readonly log: string;
  readonly entries: readonly Entry[];
  readonly config: Config;
}

export async function bootCut(setting: Setting, cut: CutToBoot): Promise<BootedCut> {
  const disk = join(setting.dir, `cut-${process.pid}.img`);
  copyDisk(setting.image.disk, disk);
  layLog(setting, cut, disk);
  const decided = decideOn(disk, setting.config);
  const startedMs = Date.now();
  const seconds = (): number => Math.round((Date.now() - startedMs) / 1000);
  const farEnd = await startFarEnd(join(setting.dir, `far-end-${process.pid}`), forwardEnd);
  const { kernel, initrd } = setting.image;
  const name = `cut-${cut.entries}${cut.share === null ? '' : '-open'}`;
  const guest = {
    kernel: kernel.vmlinuz,
    initrd,
    cmdline: CMDLINE,
    disks: [disk],
    logFile: join(setting.dir, `${name}.log`),
  };
  try {
    return await withGuest({ ...guest, farEndPort: farEnd.port }, async (running) => {
      const { booted } = await waitForProof(running, farEnd, { limitMs: LIMIT_MS });
      const slot = booted?.slot ?? null;
      const isFirst = running.starts === 1;
      const wrong = isFirst && slot !== decided ? `it booted slot ${slot}, and the decision was ${decided}` : null;
      return { cut, decided, booted: slot, seconds: seconds(), wrong };
    });
  } catch (error) {
    return {
      cut,
      decided,
      booted: null,
      seconds: seconds(),
      wrong: error instanceof Error ? error.message : String(error),
    };
  } finally {
    await farEnd.stop();
    rmSync(disk, { force: true });
  }
}

/** All that was flushed, and a share of the sectors that were not. */
function layLog({ entries, log }: Setting, cut: CutToBoot, disk: string): void {
  const random = seeded(cut.entries);
  const reached = entries.slice(0, cut.entries);
  const flushed = reached.findLastIndex(({ kind }) => kind === 'flush') + 1;
  const [from, to] = [openSync(log, 'r'), openSync(disk, 'r+')];
  const lay = (at: number, sector: number, bytes: number): void => {
    const data = Buffer.allocUnsafe(bytes);
    readSync(from, data, 0, bytes, at);
    writeSync(to, data, 0, bytes, sector * SECTOR_BYTES);
  };
  for (const entry of reached.slice(0, flushed)) {
    if (entry.kind === 'write') lay(entry.at, entry.sector, entry.count * SECTOR_BYTES);
  }
  const open = reached
    .slice(flushed)
    .flatMap((entry): readonly WrittenSector[] => (entry.kind === 'write' ? sectorsOf(entry) : []));
  for (const { at, sector } of open) if (random() < (cut.share ?? 1)) lay(at, sector, SECTOR_BYTES);
  closeSync(from);
  closeSync(to);
}

function decideOn(disk: string, config: Config): string | null {
  const { offset, length } = statePlace();
  const partition = Buffer.alloc(length);
  const file = openSync(disk, 'r');
  readSync(file, partition, 0, length, offset);
  closeSync(file);
  return decide(readPartition(partition), config);
}
