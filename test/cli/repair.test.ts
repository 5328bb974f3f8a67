/** `lifeboot repair SLOT`: what is examined and said; words that do not go together. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { checkSchema } from '../support/check-schema.ts';
import { runLine } from '../support/fake-io.ts';
import { DISKS, diskOf } from '../support/fake-repairs.ts';
import { spec } from '../support/spec.ts';
import { attempt, damaged, slotB, withErrors } from '../support/try-repair.ts';

spec('repair SLOT', {
  'examines a slot, writes nothing, and tells by its exit code how it is': () => {
    const sound = attempt('repair b');
    assert.deepEqual([sound.code, sound.node.saves.length, sound.steps], [0, 0, []]);
    assert.match(sound.out, /^slot b is sound\nok {4}device: .*\n/);
    const broken = attempt('repair b', damaged);
    assert.deepEqual([broken.code, broken.node.saves.length], [1, 0]);
    assert.match(broken.out, /^slot b is damaged\n[\s\S]*\nfail {2}init: no init in the root\n {6}-> write it anew/);
    const doubtful = attempt('repair b', {
      facts: { check: { program: 'e2fsck', outcome: 'notRun', said: 'program not found' } },
    });
    assert.equal(doubtful.code, 3);
    assert.equal(attempt('repair x').code, 64);
  },
  'keeps the finding with --check, for why': () => {
    const checked = attempt('repair b --check', damaged);
    assert.deepEqual([checked.code, checked.node.saves.length], [1, 1]);
    assert.equal(slotB(checked.node.state())?.examined?.soundness, 'damaged');
    const why = runLine('why', { state: checked.node.state() }).out.replaceAll(/\s+/g, ' ');
    assert.match(why, /examined at 2026-11-21T22:10:05Z, it is damaged \(init: no init in the root\)/);
    assert.equal(attempt('repair b --check --dry-run', damaged).node.saves.length, 0);
  },
  'prints JSON that fits its schema': () => {
    const schema = JSON.parse(
      readFileSync(new URL('../../bootconfig/schema/repair.schema.json', import.meta.url), 'utf8'),
    );
    const absent = {
      facts: {
        disk: { kind: 'absent', why: 'not found' },
        superblock: null,
        check: null,
        deployment: null,
        init: null,
        read: null,
      },
    } as const;
    for (const setup of [{}, damaged, withErrors, absent]) {
      assert.deepEqual(checkSchema(JSON.parse(attempt('repair b --json', setup).out), schema), []);
    }
    assert.deepEqual(checkSchema(JSON.parse(attempt('repair --check --json').out), schema), []);
    assert.notDeepEqual(checkSchema({ slots: { b: {} }, done: [] }, schema), []);
  },
  'looks without a state, and without a device': () => {
    assert.equal(attempt('repair b', {}, { reading: { kind: 'unreadable', why: 'EIO' } }).code, 0);
    const disk = { kind: 'absent', why: "device 'PARTLABEL=root-b' was not found" } as const;
    const gone = attempt('repair b', {
      facts: { disk, superblock: null, check: null, deployment: null, init: null, read: null },
    });
    assert.equal(gone.code, 1);
    assert.match(gone.out, /fail {2}device: device 'PARTLABEL=root-b' was not found/);
  },
});

spec('repair (words)', {
  'refuses what does not go together': () => {
    assert.equal(attempt('repair').code, 64);
    assert.equal(attempt('repair --from a').code, 64);
    assert.equal(attempt('repair b --from a --check').code, 64);
    assert.equal(attempt('repair b --from a --json').code, 64);
    assert.equal(attempt('repair b c').code, 64);
    assert.equal(attempt('repair b', {}, { isRoot: false }).code, 77);
  },
  'refuses a device that is mounted, also the one of another use': () => {
    const mounted = { ...DISKS, 'PARTLABEL=root-b': diskOf('/dev/vda3', { mountedAt: '/mnt' }) };
    assert.match(attempt('repair b --from a', { disks: mounted }).err, /is mounted at '\/mnt'/);
    const shared = { ...DISKS, 'PARTLABEL=root-b': diskOf('/dev/vda4') };
    assert.match(attempt('repair b --from a', { disks: shared }).err, /also holds the data partition/);
  },
});
