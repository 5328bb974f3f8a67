/**
 * Sealing a layer beside `mkfs.erofs` alone on the same tree: time, and bytes written to the device.
 *
 * Both write to the same loop device, one after the other in turn, and what they wrote is flushed within the time: a layer
 * that is not on the medium is no layer.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sealLayer } from '../src/platform/store/seal-layer.ts';
import { withTempDir } from '../test/support/temp-dir.ts';
import { interleave, medianOf } from './measure.ts';
import type { Finding } from './report.ts';

const ROUNDS = 5;
const TIME_BUDGET = 1.15;
const BYTES_BUDGET = 1.05;
const SECTOR_BYTES = 512;

interface Cost {
  readonly durationMs: number;
  readonly writtenBytes: number;
}

/** Files as an upgrade brings them: some large that compress by half or so, and many small ones. */
function makeTree(upper: string): void {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 16;
  };
  const words = Array.from({ length: 512 }, () => Buffer.from(Array.from({ length: 3 + (next() % 9) }, next)));
  for (let file = 0; file < 150; file += 1) {
    const parts = Array.from({ length: 40_000 }, () => words[next() % words.length] ?? Buffer.alloc(0));
    writeFileSync(join(upper, `large${file}`), Buffer.concat(parts));
  }
  for (let dir = 0; dir < 100; dir += 1) {
    mkdirSync(join(upper, `many/${dir}`), { recursive: true });
    for (let file = 0; file < 100; file += 1) {
      writeFileSync(join(upper, `many/${dir}/${file}`), `file ${dir} ${file}\n`.repeat(1 + (file % 60)));
    }
  }
}

function costOf(device: string, work: () => void): Cost {
  const written = (): number =>
    Number(readFileSync(`/sys/block/${device}/stat`, 'utf8').trim().split(/ +/)[6]) * SECTOR_BYTES;
  execFileSync('sync');
  const before = written();
  const startedMs = performance.now();
  work();
  const durationMs = performance.now() - startedMs;
  execFileSync('sync');
  return { durationMs, writtenBytes: written() - before };
}

export function measureSeal(): Finding[] {
  return withTempDir((dir) => {
    const [image, disk, upper] = ['image', 'disk', 'upper'].map((name) => join(dir, name)) as [string, string, string];
    for (const made of [disk, upper]) mkdirSync(made);
    makeTree(upper);
    execFileSync('truncate', ['-s', '4G', image]);
    execFileSync('mkfs.ext4', ['-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image]);
    execFileSync('mount', ['-o', 'loop,noatime', image, disk]);
    try {
      const source = execFileSync('findmnt', ['-no', 'SOURCE', disk], { encoding: 'utf8' }).trim();
      return compare(basename(source), upper, disk);
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
}

function compare(device: string, upper: string, disk: string): Finding[] {
  const alone = join(disk, 'alone');
  const store = join(disk, 'lifeboot');
  const [floor = [], sealed = []] = interleave(ROUNDS, [
    () => {
      rmSync(alone, { force: true });
      return costOf(device, () => {
        execFileSync('mkfs.erofs', ['--quiet', '-zlz4hc', alone, upper]);
        execFileSync('sync', [alone]);
      });
    },
    () => {
      rmSync(store, { recursive: true, force: true });
      mkdirSync(store);
      const request = { upper, stack: [], store, form: 'erofs' as const, isLive: false };
      return costOf(device, () => void sealLayer(request, () => undefined));
    },
  ]);
  const times = [floor, sealed].map((costs) => medianOf(costs.map(({ durationMs }) => durationMs)));
  const bytes = [floor, sealed].map((costs) => medianOf(costs.map(({ writtenBytes }) => writtenBytes)));
  const [floorMs = 0, sealedMs = 0] = times;
  const [floorBytes = 0, sealedBytes = 0] = bytes;
  const size = `layer of ${(statSync(alone).size / 1e6).toFixed(0)} MB`;
  return [
    {
      what: 'sealing / mkfs.erofs alone',
      value: sealedMs / floorMs,
      budget: TIME_BUDGET,
      unit: ' times',
      detail: `${sealedMs.toFixed(0)} ms, floor ${floorMs.toFixed(0)} ms, ${size}, digest and flush included`,
    },
    {
      what: 'bytes written sealing / mkfs.erofs alone',
      value: sealedBytes / floorBytes,
      budget: BYTES_BUDGET,
      unit: ' times',
      detail: `${(sealedBytes / 1e6).toFixed(1)} MB, floor ${(floorBytes / 1e6).toFixed(1)} MB`,
    },
  ];
}
