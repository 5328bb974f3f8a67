import assert from 'node:assert/strict';
import {
  chooseUndone,
  formatRecord,
  type KeptReset,
  listReset,
  listUndo,
  parseRecord,
  type ResetRecord,
} from '../../../src/core/reset/reset-record.ts';
import { spec } from '../../support/spec.ts';

const LISTING = {
  uppers: ['a-1', 'b-1'],
  withEtc: ['b-1'],
  persist: ['var'],
  identity: { identity: ['etc'], 'identity-saved': ['etc'] },
};
const asked = (level: 'etc' | 'upper' | 'all', forgetIdentity = false) =>
  listReset({ kind: 'reset', id: '1', level, forgetIdentity }, LISTING).put;
const kept = (number: number, id: string, put: readonly string[] = []): KeptReset => ({
  name: `reset-${number}`,
  number,
  record: { id, level: 'upper', put, back: [], from: null },
  isDone: true,
});

spec('listReset()', {
  'puts aside what each level means, and the identity only when it is to be forgotten': () => {
    assert.deepEqual(asked('etc'), ['upper/b-1/upper/etc']);
    assert.deepEqual(asked('upper'), ['upper/a-1', 'upper/b-1']);
    assert.deepEqual(asked('all'), ['upper/a-1', 'upper/b-1', 'persist/var']);
    assert.deepEqual(asked('etc', true), ['upper/b-1/upper/etc', 'identity/etc', 'identity-saved/etc']);
  },
});

spec('chooseUndone()', {
  'takes the one that is meant, else the newest': () => {
    const all = [kept(3, 'c'), kept(10, 'd'), kept(2, 'b')];
    assert.equal(chooseUndone({ kind: 'undo', id: 'x', target: 'b' }, all)?.name, 'reset-2');
    assert.equal(chooseUndone({ kind: 'undo', id: 'x', target: null }, all)?.name, 'reset-10');
    assert.equal(chooseUndone({ kind: 'undo', id: 'x', target: 'a' }, all), null);
  },
});

spec('listUndo()', {
  'brings back what is still there, and puts aside what took its place': () => {
    const there = new Set(['upper', 'upper/a-1', 'reset-2/upper/a-1', 'reset-2/upper/b-1', 'persist']);
    const record = listUndo('x', kept(2, 'b', ['upper/a-1', 'upper/b-1', 'persist/var']), (path) => there.has(path));
    assert.deepEqual(record, {
      ...{ id: 'x', level: 'undo', from: 'reset-2' },
      put: ['upper/a-1'],
      back: ['upper/a-1', 'upper/b-1'],
    });
  },
  'does not make half an upper for an /etc whose upper is gone': () => {
    const there = new Set(['upper', 'reset-2/upper/a-1/upper/etc']);
    assert.deepEqual(listUndo('x', kept(2, 'b', ['upper/a-1/upper/etc']), (path) => there.has(path)).back, []);
  },
});

spec('parseRecord()', {
  'reads what formatRecord() wrote': () => {
    const record: ResetRecord = { id: '1', level: 'undo', put: ['upper/a-1'], back: ['persist/var'], from: 'reset-1' };
    assert.deepEqual(parseRecord(formatRecord(record), 'reset-2'), record);
  },
  'refuses a path that leads out of the store, a damaged list and a newer one': () => {
    const record: ResetRecord = { id: '1', level: 'upper', put: [], back: [], from: null };
    for (const put of ['/etc', '../x', 'upper/../../x', 'upper//a', '', './a']) {
      assert.throws(() => parseRecord(formatRecord({ ...record, put: [put] }), 'reset-1'), /is damaged/, put);
    }
    assert.throws(() => parseRecord(formatRecord({ ...record, from: '../x' }), 'reset-1'), /is damaged/);
    assert.throws(() => parseRecord('{', 'reset-1'), /is damaged/);
    assert.throws(() => parseRecord('{"format":2}', 'reset-1'), /newer format/);
  },
});
