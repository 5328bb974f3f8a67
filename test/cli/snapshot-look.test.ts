/** `lifeboot snapshot query` and `list`: what they show, and that their schemas say so. */
import assert from 'node:assert/strict';
import type { Snapshot } from '../../src/core/store/snapshot.ts';
import { spec } from '../support/spec.ts';
import { flat, HOLDS, inNextBoot, LAYER, OTHER, problems, TAKEN_ID, trySnapshot } from '../support/try-snapshot.ts';

const KEPT: Snapshot = {
  number: 3,
  type: 'post',
  preNumber: 2,
  deployment: TAKEN_ID,
  slot: 'a',
  proof: null,
  createdAt: '2026-11-21T12:00:00Z',
  description: 'before the driver',
  userData: { by: 'mara' },
  cleanup: 'number',
  pinned: true,
};

spec('snapshot query and list', {
  'show each state as its schema says': () => {
    const taken = trySnapshot('snapshot take');
    for (const tried of [
      trySnapshot('snapshot query --json'),
      taken.then('snapshot query --json'),
      inNextBoot(taken, 'snapshot query --json', 'b'),
    ]) {
      assert.deepEqual([tried.code, problems('snapshot-query', tried)], [0, []], tried.out + tried.err);
    }
    const blank = trySnapshot('snapshot query --json', { reading: { kind: 'blank', why: 'new' } });
    assert.deepEqual([problems('snapshot-query', blank), JSON.parse(blank.out).problems.length], [[], 1]);
  },
  'show the session, the locked slot and what boots next': () => {
    const shown = trySnapshot('snapshot take').then('snapshot query --json');
    const { state, active, inactive, writable, locked, boot, session, slots } = JSON.parse(shown.out);
    assert.deepEqual([state, active, inactive, writable, locked, boot], ['taken', 'a', 'b', 'b', 'a', 'a']);
    assert.deepEqual(session, { slot: 'a', sizeBytes: 5, entries: 1 });
    assert.deepEqual([slots.a.deployment.id, slots.a.deployment.layers[0].digest], [TAKEN_ID, LAYER]);
    const text = trySnapshot('snapshot take').then('snapshot query');
    assert.match(text.out, /^> {2}a {5}good +active, locked +[0-9a-f]{12} +1/m);
    assert.match(flat(text.out), /session: slot a still writes to its old upper \(1 entries, 5 bytes\);/);
    assert.doesNotMatch(inNextBoot(trySnapshot('snapshot take'), 'snapshot query').out, /session/);
  },
  'prove with --verify that the stacks are what they were': () => {
    const taken = trySnapshot('snapshot take');
    const sound = taken.then('snapshot query --verify');
    assert.deepEqual([sound.code, /verified: every layer/.test(sound.out)], [0, true]);
    const damaged = taken.then('snapshot query --verify', { layers: { verify: { [LAYER]: 'byte 7 differs' } } });
    assert.deepEqual(
      [damaged.code, /damaged: slot a: layer [0-9a-f]{12}: byte 7 differs/.test(damaged.out)],
      [1, true],
    );
    const other = taken.then('snapshot query --verify', { holds: { ...HOLDS, 'PARTLABEL=root-a': OTHER } });
    assert.match(other.out, /damaged: slot a: its base is another one/);
  },
  'list what is kept, with what it alone needs and who uses it': () => {
    const taken = trySnapshot('snapshot take');
    const kept = { snapshots: [KEPT, { ...KEPT, number: 4, type: 'single' as const, preNumber: null }] };
    const listed = taken.then('snapshot list --json', { layers: kept });
    assert.deepEqual([listed.code, problems('snapshot-list', listed)], [0, []], listed.err);
    const { snapshots, pair } = JSON.parse(listed.out);
    assert.deepEqual([pair.slots, snapshots[0].usedBy, snapshots[0].exclusiveBytes], [['a', 'b'], ['a', 'b', 's4'], 0]);
    const alone = taken.then('snapshot cancel').then('snapshot list', { layers: { snapshots: [KEPT] } });
    assert.match(
      alone.out,
      /^3 {2}post of 2 {2}2026-11-21T12:00:00Z {2}- +5 bytes +pinned +before the driver +by=mara/m,
    );
    assert.match(trySnapshot('snapshot list').out, /no snapshots are kept/);
  },
  'need no root to look': () => {
    assert.equal(trySnapshot('snapshot query', { isRoot: false }).code, 0);
    assert.equal(trySnapshot('snapshot query --verify', { isRoot: false }).code, 77);
    assert.equal(trySnapshot('snapshot take', { isRoot: false }).code, 77);
  },
  'say what is wrong with a line that makes no sense': () => {
    assert.match(trySnapshot('snapshot tak').err, /did you mean 'snapshot take'/);
    assert.match(trySnapshot('snapshot cancel --json').err, /'snapshot cancel' does not take '--json'/);
    assert.equal(trySnapshot('snapshot set-boot').code, 64);
    assert.equal(trySnapshot('snapshot delete b').code, 64);
  },
});
