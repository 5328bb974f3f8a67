/** The file of the pair, and the names of uppers. */
import assert from 'node:assert/strict';
import { sha256 } from '../../../src/core/root/base-id.ts';
import { retiredUppers, upperName } from '../../../src/core/root/store-names.ts';
import {
  deploymentOf,
  formatPair,
  NO_PAIR,
  type Pair,
  parsePair,
  upperKey,
  withDeployment,
} from '../../../src/core/store/pair.ts';
import { spec } from '../../support/spec.ts';

const ID = sha256('x');
const TAKEN: Pair = {
  slots: { a: ID },
  uppers: { a: 4 },
  lastUpper: 4,
  taken: { active: 'a', inactive: 'b', writable: 'b', before: null, beforeUpper: 3, bootId: 'x', at: null },
};

spec('parsePair()', {
  'reads what formatPair() writes': () => {
    for (const pair of [NO_PAIR, TAKEN]) assert.deepEqual(parsePair(formatPair(pair)), pair);
  },
  'keeps what a newer release of the same format has added': () => {
    const text = formatPair(TAKEN).replace('"lastUpper"', '"more": 1, "lastUpper"');
    assert.equal(JSON.parse(formatPair(parsePair(text))).more, 1);
  },
  'refuses what is damaged, cut off, of a newer format, or names no deployment': () => {
    for (const text of ['', '{', 'null', '[]', formatPair(TAKEN).slice(0, -9)])
      assert.throws(() => parsePair(text), /is damaged/);
    assert.throws(() => parsePair(formatPair(TAKEN).replace('"format": 1', '"format": 2')), /of a newer format/);
    assert.throws(() => parsePair(formatPair(TAKEN).replaceAll(ID, '../../etc')), /is damaged: slots\.a/);
  },
});

spec('withDeployment() and upperKey()', {
  'a slot without an entry has its base alone, and its first upper': () => {
    const cleared = withDeployment(TAKEN, 'a', null, null);
    assert.deepEqual([cleared.slots, cleared.uppers], [{}, {}]);
    assert.deepEqual([deploymentOf(cleared, 'a', 'base'), upperKey(cleared, 'a', 'base')], ['base', 'base']);
    assert.deepEqual([deploymentOf(TAKEN, 'a', 'base'), upperKey(TAKEN, 'a', ID)], [ID, `${ID}.4`]);
    assert.equal(deploymentOf(NO_PAIR, 'constructor', null), null);
  },
  'a numbered upper has a name that the store takes, and belongs to its slot': () => {
    const name = upperName(`my-slot-${upperKey(TAKEN, 'a', ID)}`);
    assert.deepEqual(retiredUppers([`my-slot-${ID}`, 'my-slot-x', 'my-y', name], name), ['my-slot-x']);
  },
});
