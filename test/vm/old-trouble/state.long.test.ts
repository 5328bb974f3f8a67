/**
 * A clock that is off, the boot state of another node, two disks of the same labels: small guests with the real lifeboot.
 * Four boots of about twenty seconds each under emulation.
 */
import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BootState, freshState, withSlot } from '../../../src/core/state/state.ts';
import { RELEASED_AT } from '../../../src/core/version.ts';
import { openStatePath } from '../../../src/platform/state/open-state.ts';
import { spec } from '../../support/spec.ts';
import { type BootOptions, bootNode, makeImage, makeNodeDisk } from '../boot-path/small-node.ts';
import { copyDisk, extractPartition, overwritePartition, type Partition } from '../support/disk.ts';
import { newRunDir, repoDir } from '../support/places.ts';

const dir = newRunDir('old-trouble-state');
const disk = makeNodeDisk(dir);
const initrd = makeImage({
  dir,
  name: 'real',
  roots: ['PARTLABEL=root-a', 'PARTLABEL=root-b'],
  config: '[node]\nname = "W023"\n[state]\ndevice = "PARTLABEL=lifeboot-state"\n[upper]\nkind = "tmpfs"\n',
  binary: join(repoDir, 'dist/lifeboot'),
});
const PARTITIONS: readonly Partition[] = [
  { name: 'root-a', sizeMiB: 24 },
  { name: 'root-b', sizeMiB: 24 },
  { name: 'system-data', sizeMiB: 24 },
  { name: 'lifeboot-state', sizeMiB: 1 },
];

/** Writes this boot state onto the disk, as a node would have left it. */
function leaveState(state: BootState): void {
  const image = join(dir, 'state.part');
  writeFileSync(image, '');
  truncateSync(image, 1 << 20);
  openStatePath(image).save(state);
  overwritePartition(disk, PARTITIONS, 'lifeboot-state', image);
}

function stateOnDisk(): BootState {
  const image = join(dir, 'read.part');
  extractPartition(disk, PARTITIONS, 'lifeboot-state', image);
  const reading = openStatePath(image).read();
  if (reading.kind !== 'valid') throw new Error(`the state is ${reading.kind}`);
  return reading.state;
}

async function boot(name: string, more: Partial<BootOptions> = {}) {
  const text = await bootNode({ dir, name, initrd, disk, ...more });
  const info = JSON.parse(/^NODE boot=(.*)$/m.exec(text)?.[1] ?? 'null') as {
    slot: string;
    trace: string[];
    degraded: string[];
  };
  return { text, trace: info.trace.join('\n'), slot: info.slot, degraded: info.degraded.join('\n') };
}

const EARLY = ['-rtc', 'base=1999-12-31T23:00:00'];

spec('a clock that is off', {
  'is set forward to the release on a new node, and no time of that boot is recorded': async () => {
    const { text, trace } = await boot('clock-new', { more: EARLY });
    assert.match(
      trace,
      /the clock said 1999-12-31T\S+, and is set forward to \S+, the time of the release of lifeboot/,
    );
    assert.ok(text.includes(`NODE date=${RELEASED_AT.slice(0, 10)}`));
    assert.equal(stateOnDisk().history.at(-1)?.startedAt, null);
  },
  'is set forward to the last proof': async () => {
    leaveState({ ...freshState(['a', 'b']), owner: 'W023', latestProofAt: '2027-03-01T12:00:00Z' });
    const { text, trace } = await boot('clock-proof', { more: EARLY });
    assert.match(trace, /set forward to 2027-03-01T12:00:00Z, the time of the last proof/);
    assert.match(text, /NODE date=2027-03-01/);
  },
});

spec('the boot state of another node', {
  'is not believed: what was proven there is a trial here': async () => {
    const other = ['a', 'b'].reduce(
      (state, name) => withSlot(state, name, { health: 'good', best: 'proven', attempts: 4 }),
      freshState(['b', 'a']),
    );
    leaveState({ ...other, owner: 'W007', oneShot: 'b', pending: ['factory-reset'] });
    const { trace, slot } = await boot('other-node');
    assert.match(trace, /the boot state is of node 'W007', and this is 'W023'/);
    assert.equal(slot, 'a');
    const { slots, owner, oneShot, pending } = stateOnDisk();
    assert.deepEqual(
      [slots['a']?.health, slots['a']?.attempts, owner, oneShot, pending],
      ['trial', 1, 'W023', null, []],
    );
  },
});

spec('two disks with the same labels', {
  'are told apart by the serial of the last proof, and both are named': async () => {
    const copy = join(dir, 'copy.img');
    copyDisk(disk, copy);
    const device = { partuuid: null, serial: 'lifeboot1' };
    const state = ['a', 'b'].reduce((all, name) => withSlot(all, name, { device }), freshState(['a', 'b']));
    leaveState({ ...state, owner: 'W023' });
    const { text, trace, degraded } = await boot('two-disks', { moreDisks: [copy] });
    assert.match(degraded, /slot a: 'PARTLABEL=root-a' names 2 devices/);
    assert.match(trace, /names 2 devices: took '\/dev\/vdb1' \(the one of the last proof\), not '\/dev\/vda1'/);
    assert.match(text, /NODE mount \/run\/lifeboot\/base \/dev\/vdb1 /);
  },
});
