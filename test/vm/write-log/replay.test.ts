/**
 * The replay itself, on logs that QEMU's own tool has made: what it reads, and that it finds what is wrong.
 */
import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeRecord, recordOffsets } from '../../../src/core/state/record-codec.ts';
import { type BootState, freshState } from '../../../src/core/state/state.ts';
import { formatState } from '../../../src/core/state/state-json.ts';
import { spec } from '../../support/spec.ts';
import { CONFIG_TEXT, configOf } from '../../support/states.ts';
import { withTempDir } from '../../support/temp-dir.ts';
import { runTool } from '../support/run-tool.ts';
import type { Day } from './expectation.ts';
import { countEntries, makeLog, readEntries } from './log.ts';
import { Replay, type Replayed } from './replay.ts';

const SIZE = 1 << 20;
const FIRST = 2048;
const [first, second] = recordOffsets(SIZE);

/** A disk whose state partition begins at 1 MiB, written by `qemu-io` through the log. */
class Disk {
  readonly log: string;
  private readonly dir: string;
  private readonly disk: string;
  private count = 0;

  constructor(dir: string) {
    this.dir = dir;
    this.disk = join(dir, 'disk');
    this.log = join(dir, 'log');
    writeFileSync(this.disk, '');
    truncateSync(this.disk, 4 << 20);
    makeLog(this.log);
  }

  /** Runs commands of `qemu-io`. */
  io(...commands: readonly string[]): void {
    const below = 'file.driver=raw,file.file.driver=file,file.file.filename';
    const log = `log.driver=raw,log.file.driver=file,log.file.filename=${this.log}`;
    const options = `driver=blklogwrites,${below}=${this.disk},${log},log-append=on,log-super-update-interval=1`;
    runTool('qemu-io', ['--image-opts', options, ...commands.flatMap((command) => ['-c', command])]);
  }

  /** The command that writes a record of the state. */
  save(state: BootState, sequence: bigint, offset: number): string {
    this.count += 1;
    const file = join(this.dir, `record-${this.count}`);
    writeFileSync(file, encodeRecord(formatState(state), sequence));
    return `write -s ${file} ${FIRST * 512 + offset} 16k`;
  }

  replay(before: Uint8Array, day: Day): Replayed {
    const entries = readEntries(this.log);
    assert.equal(entries.length, countEntries(this.log));
    const config = configOf(CONFIG_TEXT);
    return new Replay({ log: this.log, entries, state: before, firstSector: FIRST, config, day }).run();
  }
}

const state = (slot: string): BootState => ({
  ...freshState(['a', 'b', 'r']),
  order: [slot, ...['a', 'b', 'r'].filter((name) => name !== slot)],
});

function begun(): Uint8Array {
  const partition = new Uint8Array(SIZE);
  partition.set(encodeRecord(formatState(state('a')), 1n), first);
  return partition;
}

const told = (entries: number, slot: string): Day => ({
  acknowledged: [{ entries, expectation: { is: 'first', slot } }],
  boots: [],
});

spec('Replay', {
  'follows a state that is saved by the book, at every flush and cut': () => {
    withTempDir((dir) => {
      const disk = new Disk(dir);
      disk.io(disk.save(state('b'), 2n, second), 'flush', 'write -P 7 0 4k', 'flush');
      disk.io(disk.save(state('r'), 3n, first), 'flush');
      const end = countEntries(disk.log);
      const replayed = disk.replay(begun(), { ...told(end, 'r'), boots: [{ entries: end - 1, chosen: 'r' }] });
      assert.deepEqual(replayed.wrong, []);
      assert.equal(replayed.cuts, 48);
      assert.equal(replayed.saves, 2);
      assert.equal(replayed.decisions, 1);
      assert.ok(replayed.flushes >= 3);
    });
  },
  'finds a save that was acknowledged before it was flushed': () => {
    withTempDir((dir) => {
      const disk = new Disk(dir);
      disk.io(disk.save(state('b'), 2n, second), 'flush');
      const { wrong } = disk.replay(begun(), told(1, 'b'));
      assert.match(wrong.join(), /request 1: acknowledged, and slot b is not first/);
    });
  },
  'finds a newest record that is overwritten': () => {
    withTempDir((dir) => {
      const disk = new Disk(dir);
      disk.io(disk.save(state('b'), 2n, first), 'flush');
      assert.match(disk.replay(begun(), { acknowledged: [], boots: [] }).wrong.join(), /the state is corrupt/);
    });
  },
  'finds a node that took another decision': () => {
    withTempDir((dir) => {
      const disk = new Disk(dir);
      disk.io(disk.save(state('b'), 2n, second), 'flush');
      const boots = [{ entries: countEntries(disk.log) - 1, chosen: 'a' }];
      assert.match(
        disk.replay(begun(), { acknowledged: [], boots }).wrong.join(),
        /the decision is b, and the node chose a/,
      );
    });
  },
});
