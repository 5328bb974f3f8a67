/** `lifeboot cleanup`: what it gives up, what it never does, and the proofs that it copies. */
import assert from 'node:assert/strict';
import type { Snapshot } from '../../src/core/store/snapshot.ts';
import { CONFIG_TEXT } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';
import { flat, PROVEN, type Tried, trySnapshot } from '../support/try-snapshot.ts';

const config = `${CONFIG_TEXT}\n[snapshots]\nnumber = 1\n`;

/** Four of them, of the same. */
function fourKept(rule = 'number'): Tried {
  const first = trySnapshot(`keep --cleanup ${rule}`, { state: PROVEN, config });
  return [1, 2, 3].reduce((before) => before.then(`keep --cleanup ${rule}`), first);
}

function left({ layers }: Tried): readonly number[] {
  return [...layers.snapshots.keys()];
}

spec('lifeboot cleanup', {
  'deletes what a rule gives up, with its reason, and keeps the newest proven one besides': () => {
    const kept = fourKept();
    const cleaned = kept.then('cleanup');
    assert.deepEqual([cleaned.code, left(cleaned)], [0, [3, 4]], cleaned.err);
    assert.match(flat(cleaned.out), /snapshot 1 is deleted: more than 1 of rule number/);
    assert.deepEqual([cleaned.node.state().slots['s1'], cleaned.then('cleanup').code], [undefined, 2]);
    assert.deepEqual(cleaned.layers.calls, ['deleteSnapshot 1', 'deleteSnapshot 2']);
  },
  'says in a dry run what it would delete, and deletes nothing': () => {
    const kept = fourKept();
    const dry = kept.then('cleanup --dry-run');
    assert.deepEqual([dry.code, dry.layers.calls, dry.node.saves.length], [0, [], 0]);
    assert.match(dry.out, /would change[\s\S]*snapshot 2 is deleted/);
  },
  'leaves what is pinned, chosen to boot, or without a rule': () => {
    const kept = fourKept();
    const pinned = kept.then('pin 1').then('switch 2 --once').then('cleanup');
    assert.deepEqual([pinned.code, left(pinned)], [2, [1, 2, 3, 4]]);
    const free = [1, 2, 3].map((number): Snapshot => {
      const { preNumber: _, ...same } = kept.layers.snapshots.get(number) ?? assert.fail();
      return { ...same, preNumber: null, cleanup: null };
    });
    assert.deepEqual(left(kept.then('cleanup', { layers: { snapshots: free } })), [1, 2, 3]);
  },
  'copies a proof that only the boot state has': () => {
    const kept = trySnapshot('keep', { state: PROVEN });
    const unknown = [...kept.layers.snapshots.values()].map((each) => ({ ...each, proof: null }));
    const cleaned = kept.then('cleanup', { layers: { snapshots: unknown } });
    assert.deepEqual(cleaned.layers.snapshots.get(1)?.proof, { at: '2026-11-20T08:00:00Z', level: 'loop' });
    assert.equal(cleaned.then('cleanup').code, 2);
  },
  'keeps the snapshots around a change only where the configuration asks for it': () => {
    const off = trySnapshot('keep --hook apt --type pre --print-number', { state: PROVEN });
    assert.deepEqual([off.code, off.out, off.layers.calls], [2, '', []]);
    const asked = `${CONFIG_TEXT}\n[snapshots]\napt = true\n`;
    const on = trySnapshot('keep --hook apt --type pre --print-number', { state: PROVEN, config: asked });
    assert.deepEqual([on.code, on.out], [0, '1\n']);
    assert.equal(on.then('keep --hook dnf').code, 2);
    assert.equal(on.then('keep --hook brew').code, 64);
  },
  'refuses limits that make no sense, each with what was expected': () => {
    for (const [line, expected] of [
      ['number = -1', /snapshots\.number/],
      ['age = "soon"', /or a duration such as '90d'/],
      ['free = "lots"', /a size such as '512M'/],
      ['apt = 1', /snapshots\.apt/],
    ] as const) {
      const tried = trySnapshot('cleanup', { config: `${CONFIG_TEXT}\n[snapshots]\n${line}\n` });
      assert.equal(tried.code, 78);
      assert.match(tried.err, expected);
    }
  },
});
