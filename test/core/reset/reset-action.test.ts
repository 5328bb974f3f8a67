import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  describePending,
  formatAction,
  parseAction,
  pendingReset,
  RESET_LEVELS,
  withoutDone,
  withReset,
} from '../../../src/core/reset/reset-action.ts';
import { freshState } from '../../../src/core/state/state.ts';
import { spec } from '../../support/spec.ts';

const bootId = fc.stringMatching(/^[0-9a-f]{32}$/);
const action = fc.oneof(
  fc
    .tuple(bootId, fc.constantFrom(...RESET_LEVELS), fc.boolean())
    .map(([id, level, forgetIdentity]) => ({ kind: 'reset', id, level, forgetIdentity }) as const),
  fc.tuple(bootId, fc.option(bootId)).map(([id, target]) => ({ kind: 'undo', id, target }) as const),
);

spec('parseAction()', {
  'reads what formatAction() wrote': () => {
    fc.assert(fc.property(action, (asked) => assert.deepEqual(parseAction(formatAction(asked)), asked)));
  },
  'resets nothing for a word that it does not understand whole': () => {
    for (const word of [
      'repair b',
      'factory-reset',
      'factory-reset:disk:0',
      'factory-reset:upper',
      'factory-reset:upper:',
      'factory-reset:upper:../0',
      'factory-reset:upper:0:keep-logs',
      'factory-reset:upper:0:forget-identity:x',
      'factory-reset:undo:0:a/b',
      'factory-reset:constructor:0',
    ]) {
      assert.equal(parseAction(word), null, word);
    }
  },
});

spec('withReset()', {
  'has one reset pending, and keeps the words of others': () => {
    const before = { ...freshState(['a']), pending: ['repair b', 'factory-reset:disk:0'] };
    const first = withReset(before, { kind: 'reset', id: '1', level: 'etc', forgetIdentity: false });
    const second = withReset(first, { kind: 'undo', id: '2', target: '1' });
    assert.deepEqual(second.pending, ['repair b', 'factory-reset:disk:0', 'factory-reset:undo:2:1']);
    assert.deepEqual(pendingReset(second), { kind: 'undo', id: '2', target: '1' });
    assert.deepEqual(withReset(second, null).pending, before.pending);
    assert.equal(withReset(before, null), before);
  },
});

spec('withoutDone()', {
  'takes out what is done and nothing else': () => {
    const state = { ...freshState(['a']), pending: ['repair b', 'factory-reset:etc:1'] };
    assert.deepEqual(withoutDone(state, ['factory-reset:etc:1']).pending, ['repair b']);
    assert.equal(withoutDone(state, ['factory-reset:etc:0']), state);
  },
});

spec('describePending()', {
  'says what a reset does, and shows what it does not know as it is': () => {
    const pending = ['of a newer release', 'factory-reset:all:1:forget-identity'];
    assert.deepEqual(describePending({ pending }), [
      'of a newer release',
      "factory reset (all) puts aside each slot's writable layer and the persistent directories, and the identity files, at the next boot",
    ]);
  },
});
