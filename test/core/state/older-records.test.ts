/**
 * Records that older commits really wrote, kept as files. `media/9df3938.gz.base64` is the medium of a node that lived six
 * boots with the code of that commit: `a` proven twice, then an update in `b` with one dark boot and one that was cut.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { planBoot } from '../../../src/core/boot/plan-boot.ts';
import { chooseRecord } from '../../../src/core/state/choose-record.ts';
import type { StateReading } from '../../../src/core/state/reading.ts';
import { RECORD_BYTES, recordOffsets } from '../../../src/core/state/record-codec.ts';
import { spec } from '../../support/spec.ts';
import { factsOf, show } from '../../support/states.ts';

function readMedium(name: string): StateReading {
  const text = readFileSync(join(import.meta.dirname, 'media', `${name}.gz.base64`), 'utf8');
  const medium = gunzipSync(Buffer.from(text, 'base64'));
  const [first, second] = recordOffsets(medium.length).map((at) => medium.subarray(at, at + RECORD_BYTES));
  if (first === undefined || second === undefined) throw new Error('two records');
  return chooseRecord([first, second]);
}

spec('a boot state of 9df3938', {
  'is read whole: who is proven, what was tried, which boot has no verdict yet': () => {
    const reading = readMedium('9df3938');
    if (reading.kind !== 'valid') throw new Error(`it is ${reading.kind}`);
    const { slots, order, current, history } = reading.state;
    assert.deepEqual(order, ['b', 'a', 'r']);
    assert.deepEqual(
      ['a', 'b', 'r'].map((name) => `${slots[name]?.health} ${slots[name]?.attempts}`),
      ['good 0', 'trial 2', 'trial 0'],
    );
    assert.equal(slots['a']?.provenAt, '2026-11-20T02:00:00Z');
    assert.equal(current?.slot, 'b');
    assert.deepEqual(
      history.map(({ slot, outcome }) => `${slot} ${outcome}`),
      ['a proven', 'a proven', 'b no-tunnel', 'b running'],
    );
  },
  'gives the update its last attempt, paid for before it is entered': () => {
    const plan = planBoot(factsOf(readMedium('9df3938')));
    assert.deepEqual(show(plan).slice(0, 2), ['mount b', 'save slot b: attempt 3']);
  },
});
