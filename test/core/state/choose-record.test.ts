import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chooseRecord, nextRecord } from '../../../src/core/state/choose-record.ts';
import { encodeRecord, MAX_PAYLOAD_BYTES, RECORD_BYTES } from '../../../src/core/state/record-codec.ts';
import { type BootRecord, type BootState, freshState } from '../../../src/core/state/state.ts';
import { formatState, parseState } from '../../../src/core/state/state-json.ts';
import { spec } from '../../support/spec.ts';
import { BOOT_ID, good, NOW, stateOf } from '../../support/states.ts';

const STATE = stateOf({ a: good('a'), b: good('b') });
const BLANK = new Uint8Array(RECORD_BYTES);
const recordOf = (sequence: bigint, state: BootState = STATE) => encodeRecord(formatState(state), sequence);

function bootRecord(traceLength: number): BootRecord {
  return {
    bootId: BOOT_ID,
    slot: 'a',
    attempt: 1,
    mode: 'normal',
    outcome: 'proven',
    reason: null,
    startedAt: NOW,
    proof: 'loop',
    trace: Array.from({ length: traceLength }, (_, index) => `reason ${index}: ${'because '.repeat(8)}`),
  };
}

spec('chooseRecord()', {
  'takes the highest sequence, and record 0 when they are equal': () => {
    const pick = (first: bigint, second: bigint) => {
      const reading = chooseRecord([recordOf(first), recordOf(second)]);
      return reading.kind === 'valid' ? reading.record : reading.kind;
    };
    assert.equal(pick(3n, 4n), 1);
    assert.equal(pick(4n, 3n), 0);
    assert.equal(pick(4n, 4n), 0);
    assert.equal(pick(2n ** 64n - 1n, 1n), 0);
  },
  'takes the valid one of two, whatever the other is': () => {
    const unreadable = { error: 'EIO' };
    for (const other of [BLANK, new Uint8Array(RECORD_BYTES).fill(1), unreadable, new Uint8Array(3)]) {
      assert.equal(chooseRecord([recordOf(1n), other]).kind, 'valid');
      assert.equal(chooseRecord([other, recordOf(1n)]).kind, 'valid');
    }
  },
  'tells blank, corrupt and unreadable apart': () => {
    assert.equal(chooseRecord([BLANK, BLANK]).kind, 'blank');
    assert.equal(chooseRecord([new Uint8Array(RECORD_BYTES).fill(1), BLANK]).kind, 'corrupt');
    assert.equal(chooseRecord([encodeRecord('not json', 1n), BLANK]).kind, 'corrupt');
    assert.equal(chooseRecord([{ error: 'EIO' }, BLANK]).kind, 'unreadable');
  },
});

spec('nextRecord()', {
  'never picks the newest valid record, and counts on': () => {
    for (const record of [0, 1] as const) {
      const next = nextRecord({ kind: 'valid', state: STATE, sequence: 9n, record, note: null }, STATE);
      assert.equal(next?.record, 1 - record);
      assert.equal(next?.sequence, 10n);
    }
  },
  'writes nothing beside a newer format': () => {
    assert.equal(nextRecord({ kind: 'tooNew', major: 2, why: '' }, STATE), null);
  },
});

spec('formatState()', {
  'gives back the same state': () => {
    const parsed = parseState(formatState(STATE));
    assert.deepEqual('state' in parsed && parsed.state, STATE);
  },
  'keeps keys that it does not know, in the state, in slots and in records': () => {
    const newer = {
      ...STATE,
      colour: 'red',
      slots: { ...STATE.slots, a: { ...STATE.slots['a'], mood: 3 } },
      history: [{ ...bootRecord(1), weather: 'rain' }],
    } as unknown as BootState;
    const parsed = parseState(formatState(newer));
    assert.deepEqual('state' in parsed && parsed.state, newer);
  },
  'always fits, dropping the oldest boots first and traces next, and never the newest boot': () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 40 }),
        fc.nat({ max: 300 }),
        (lengths, huge) => {
          const history = [...lengths.map(bootRecord), { ...bootRecord(huge), bootId: 'f'.repeat(32) }];
          const payload = formatState({ ...STATE, history });
          assert.ok(Buffer.byteLength(payload) <= MAX_PAYLOAD_BYTES);
          const parsed = parseState(payload);
          assert.equal('state' in parsed && parsed.state.history.at(-1)?.bootId, 'f'.repeat(32));
        },
      ),
    );
  },
});

spec('formatState() of more than fits', {
  'still fits with more and wordier slots than any board has, and keeps the preferred ones': () => {
    const words = 'x'.repeat(400);
    const names = Array.from({ length: 60 }, (_, index) => `slot-${index}`);
    const slots = Object.fromEntries(names.map((name) => [name, good(name, { reason: words, evidence: words })]));
    const payload = formatState(stateOf(slots));
    assert.ok(Buffer.byteLength(payload) <= MAX_PAYLOAD_BYTES);
    const parsed = parseState(payload);
    assert.equal('state' in parsed && parsed.state.order[0], 'slot-0');
    assert.equal('state' in parsed && parsed.state.slots['slot-0']?.health, 'good');
  },
});

spec('parseState()', {
  'makes something of every JSON': () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const parsed = parseState(JSON.stringify(json));
        if ('state' in parsed) assert.ok(Array.isArray(parsed.state.order));
      }),
    );
  },
  'replaces values that make no sense by their defaults': () => {
    const parsed = parseState('{"slots":{"a":{"health":"splendid","attempts":-4},"b":7},"order":["a"],"history":[3]}');
    assert.deepEqual('state' in parsed && parsed.state.slots['a'], freshState(['a']).slots['a']);
    assert.deepEqual('state' in parsed && Object.keys(parsed.state.slots), ['a']);
    assert.deepEqual('state' in parsed && parsed.state.history, []);
  },
});
