/** What is never written, and what never goes into a slot: each refusal with words and a hint, before the first byte. */
import assert from 'node:assert/strict';
import { BootError } from '../../../src/core/errors.ts';
import { refuseSource, refuseTarget, type WriteFacts } from '../../../src/core/repair/refuse-write.ts';
import type { FoundDisk } from '../../../src/core/repair/slot-facts.ts';
import type { SourceFacts } from '../../../src/core/repair/source-facts.ts';
import { spec } from '../../support/spec.ts';
import { CONFIG, CONFIG_TEXT, configOf, good, stateOf, trial } from '../../support/states.ts';

const MIB = 1024 * 1024;

const disk: FoundDisk = {
  path: '/dev/vda3',
  number: '252:3',
  sizeBytes: 32 * MIB,
  partuuid: null,
  serial: null,
  removable: false,
  writeProtected: false,
  mountedAt: null,
  mountedWritable: false,
  notes: [],
};

function target(change: Partial<WriteFacts> = {}): WriteFacts {
  return {
    slot: 'b',
    state: stateOf({ a: good('a'), b: trial('b'), r: {} }),
    running: 'a',
    config: CONFIG,
    disk,
    others: { a: '/dev/vda2', r: '/dev/sdb1', 'the boot state': '/dev/vda1' },
    ...change,
  };
}

const image: SourceFacts = {
  what: "'/srv/x.ext4'",
  path: '/srv/x.ext4',
  sizeBytes: 24 * MIB,
  form: 'file system',
  type: 'ext4',
  label: 'system',
  uuid: 'AA-BB',
  fileSystemBytes: 24 * MIB,
  disk: null,
};

/** The message of the refusal, or null. */
function said(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    assert.ok(error instanceof BootError);
    assert.ok(error.code === 'REFUSED' || error.code === 'CONTENT', error.code);
    assert.ok((error.hint ?? '') !== '', 'there is a hint');
    return `${error.code}: ${error.message}`;
  }
}

spec('refuseTarget()', {
  'lets a slot be written that neither runs nor proved itself last': () => {
    assert.equal(
      said(() => refuseTarget(target())),
      null,
    );
  },
  'never lets the running slot be written': () => {
    assert.match(said(() => refuseTarget(target({ running: 'b' }))) ?? '', /^REFUSED: slot 'b' is running$/);
  },
  'never lets the base be written that a running kept snapshot stands on': () => {
    const state = stateOf({ a: good('a'), b: trial('b'), s3: trial('s3', { snapshotOf: 'b' }) });
    assert.match(said(() => refuseTarget(target({ state, running: 's3' }))) ?? '', /^REFUSED: slot 'b' is running$/);
  },
  'never lets a partition be written over that holds an OSTree repository or an image file': () => {
    const text = (line: string) => CONFIG_TEXT.replace('[slots.b]', `[slots.b]\n${line}`);
    for (const [line, what] of [
      ['ostree = "debian"', /slot 'b' is a deployment in the OSTree repository on PARTLABEL=root-b/],
      ['image = "images/b.erofs"', /slot 'b' is the image file 'images\/b.erofs' on/],
    ] as const) {
      assert.match(said(() => refuseTarget(target({ config: configOf(text(line)) }))) ?? '', what);
    }
  },
  'never lets the slot be written that proved itself last, also when it is bad or another one runs': () => {
    for (const health of ['good', 'bad', 'trial'] as const) {
      const state = stateOf({ a: trial('a'), b: good('b', { health }) });
      assert.match(
        said(() => refuseTarget(target({ state }))) ?? '',
        /slot 'b' is the one that proved itself last: it is the way back/,
      );
    }
  },
  'knows both by their device, too': () => {
    const others = { a: '/dev/vda3' };
    assert.match(
      said(() => refuseTarget(target({ others }))) ?? '',
      /slot 'b' is on the device of slot 'a', which is running/,
    );
    const idle = target({ others, running: 'r' });
    assert.match(
      said(() => refuseTarget(idle)) ?? '',
      /on the device of slot 'a', which is the one that proved itself last/,
    );
    assert.match(
      said(() => refuseTarget(target({ others: { 'the boot state': '/dev/vda3' } }))) ?? '',
      /also holds the boot state/,
    );
  },
  'leaves alone what is mounted or write-protected': () => {
    const mounted = { ...disk, mountedAt: '/mnt' };
    assert.match(said(() => refuseTarget(target({ disk: mounted }))) ?? '', /is mounted at '\/mnt'/);
    assert.match(
      said(() => refuseTarget(target({ disk: { ...disk, writeProtected: true } }))) ?? '',
      /write-protected/,
    );
  },
});

function source(change: Partial<SourceFacts>, facts: Partial<WriteFacts> = {}): string | null {
  return said(() => refuseSource({ ...image, ...change }, target(facts)));
}

spec('refuseSource()', {
  'takes an image that fits': () => {
    assert.equal(source({}), null);
    assert.equal(source({ sizeBytes: 32 * MIB }), null);
  },
  'refuses an image that is larger than the partition': () => {
    assert.match(source({ sizeBytes: 32 * MIB + 1 }) ?? '', /^REFUSED: .* is larger than \/dev\/vda3 .*33554433 bytes/);
  },
  'takes a slot whose file system fits, on whatever partition': () => {
    const other = { what: 'slot r', disk: { ...disk, path: '/dev/sdb1', sizeBytes: 64 * MIB }, sizeBytes: 64 * MIB };
    assert.equal(source({ ...other, fileSystemBytes: 30 * MIB }), null);
    assert.match(source({ ...other, fileSystemBytes: 33 * MIB }) ?? '', /slot r is larger than/);
  },
  'refuses an image that is cut off': () => {
    assert.match(
      source({ fileSystemBytes: 25 * MIB }) ?? '',
      /^CONTENT: .* is cut off: its file system has 25 MiB, of which only 24 MiB/,
    );
  },
  'refuses what is no raw file system': () => {
    assert.match(
      source({ form: 'compressed', type: null }) ?? '',
      /^CONTENT: .* is compressed, and only the raw image/,
    );
    assert.match(source({ form: 'disk', type: null }) ?? '', /image of a whole disk/);
    assert.match(source({ form: 'sparse', type: null }) ?? '', /sparse image/);
    assert.match(source({ form: 'nothing', type: null }) ?? '', /nothing that is known/);
  },
  'refuses an image that would take away the name by which a slot is found': () => {
    const labels = configOf('[slots.a]\nroot = "LABEL=root-a"\n[slots.b]\nroot = "LABEL=root-b"\n');
    assert.match(
      source({ label: 'system' }, { config: labels }) ?? '',
      /slot 'b' is found by 'LABEL=root-b', and .* would not be found any more/,
    );
    assert.equal(source({ label: 'root-b' }, { config: labels }), null);
    const uuids = configOf('[slots.a]\nroot = "UUID=aa-bb"\n[slots.b]\nroot = "PARTLABEL=root-b"\n');
    assert.match(
      source({}, { config: uuids }) ?? '',
      /slot 'a' is found by 'UUID=aa-bb', and .* would be a second one of it/,
    );
  },
  'refuses a copy of btrfs on the same node, and one of a slot that is mounted writable': () => {
    assert.match(source({ what: 'slot a', type: 'btrfs', disk }) ?? '', /is btrfs, of which a node must not have two/);
    assert.equal(source({ type: 'btrfs' }), null);
    assert.match(source({ what: 'slot a', disk: { ...disk, mountedWritable: true } }) ?? '', /mounted writable/);
  },
});
