/** A short run of `make fuzz`, the same inputs each time; and a fuzzer that finds what is put there to be found. */
import assert from 'node:assert/strict';
import { decodeRecord, encodeRecord } from '../../src/core/state/record-codec.ts';
import { spec } from '../support/spec.ts';
import { askOnce, Broken, fuzzAll, inputOf, type Target } from './fuzz.ts';
import { TARGETS } from './targets.ts';

const SEED = 20_261_121;

spec('every parser', {
  'answers 30,000 mutated inputs without a crash, a hang or a wrong belief': () => {
    const asked = fuzzAll(TARGETS, SEED, 30_000, ({ name, asked, taken }) => {
      console.log(`${name}: ${asked} inputs, ${taken} taken for valid`);
    });
    assert.ok(asked >= 30_000);
  },
});

spec('fuzzAll()', {
  'makes the same input from the same seed and number': () => {
    for (const target of TARGETS) assert.deepEqual(inputOf(target, 7, 99), inputOf(target, 7, 99));
  },
  'reaches both answers of each parser': () => {
    // Odd values in a state are forgiven one by one: what is left is always a state.
    for (const target of TARGETS.filter(({ name }) => name !== 'state values')) {
      const answers = new Set(Array.from({ length: 1500 }, (_, number) => askOnce(target, SEED, number)));
      assert.equal(answers.size, 2, target.name);
    }
  },
  'finds a parser that throws, one that is slow, and a checksum that nobody looks at': () => {
    const seeds = [encodeRecord('{}', 1n)];
    const broken: Readonly<Record<string, Target['ask']>> = {
      throws: (input) =>
        input.readUInt8(input.length - 1) >= 0 && JSON.parse(input.subarray(32, 34).toString()) !== null,
      slow: (input) => {
        const before = process.cpuUsage();
        while (input.length > 16_600 && process.cpuUsage(before).user < 2_100_000) Math.sqrt(2);
        return true;
      },
      believes: (input) => {
        const head = Buffer.from(input.toString('latin1', 0, 8));
        if (decodeRecord(input).kind === 'corrupt' && head.equals(Buffer.from('LIFEBOOT')))
          throw new Broken('believed');
        return true;
      },
    };
    for (const [name, ask] of Object.entries(broken)) {
      assert.throws(() => fuzzAll([{ name, seeds, words: ['}', 'x'], ask }], 1, 2_000, () => undefined), Broken, name);
    }
  },
});
