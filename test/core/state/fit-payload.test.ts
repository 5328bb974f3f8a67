import assert from 'node:assert/strict';
import { encodeRecord, MAX_PAYLOAD_BYTES } from '../../../src/core/state/record-codec.ts';
import { type BootState, freshState } from '../../../src/core/state/state.ts';
import { formatState, parseState } from '../../../src/core/state/state-json.ts';
import { spec } from '../../support/spec.ts';

/** What is left of a state after it was written and read. */
function saved(state: BootState): BootState {
  const text = formatState(state);
  encodeRecord(text, 1n);
  const parsed = parseState(text);
  if ('why' in parsed) throw new Error(parsed.why);
  return parsed.state;
}

const fresh = freshState(['a', 'b']);
const long = (length: number): string => 'x'.repeat(length);

spec('formatState()', {
  'keeps the keys of a newer release while there is room': () => {
    const state = { ...fresh, newer: long(9000) } as BootState;
    assert.deepEqual((saved(state) as unknown as Record<string, unknown>)['newer'], long(9000));
  },
  'drops them before a save fails': () => {
    const state = { ...fresh, newer: long(MAX_PAYLOAD_BYTES) } as BootState;
    assert.equal('newer' in saved(state), false);
  },
  'starts over when the names alone are too long: a save never fails because of size': () => {
    assert.deepEqual(saved({ ...fresh, oneShot: long(MAX_PAYLOAD_BYTES) }), saved(freshState([])));
    assert.deepEqual(saved({ ...fresh, order: [long(9000), long(9001)], slots: {} }), saved(freshState([])));
  },
});
