/** A boot state that another node wrote: a moved disk, an image of one node written to the next. */
import assert from 'node:assert/strict';
import { adoptState, ownerOf } from '../../../src/core/boot/owner.ts';
import { parseConfig } from '../../../src/core/config/parse-config.ts';
import { CONFIG_TEXT, someState } from '../../support/fake-ports.ts';
import { spec } from '../../support/spec.ts';

const TUNNEL = '[tunnel]\nhost = "h"\nuser = "node-W023"\nforward = "0:localhost:22"\n';
const configOf = (text: string) => parseConfig(text, 'lifeboot.toml').config;
const config = configOf(CONFIG_TEXT);
const names = ['a', 'b', 'r'];

spec('ownerOf()', {
  'is the name of the node, or its tunnel user where all nodes have one name': () => {
    assert.equal(ownerOf(config), 'W023');
    assert.equal(ownerOf(configOf(`${CONFIG_TEXT}${TUNNEL}`)), 'W023');
    assert.equal(ownerOf(configOf(`${CONFIG_TEXT}${TUNNEL}`.replace('[node]\nname = "W023"', ''))), 'user:node-W023');
    assert.equal(ownerOf(configOf(CONFIG_TEXT.replace('[node]\nname = "W023"', ''))), null);
  },
});

spec('adoptState()', {
  'keeps its own state, and one that no node has claimed yet': () => {
    const own = { ...someState(), owner: 'W023' };
    assert.equal(adoptState(own, config, names).state, own);
    assert.deepEqual(adoptState(someState(), config, names), { state: own, trace: [] });
  },
  'believes nothing of another node, and does none of what was asked of it': () => {
    const other = { ...someState(), owner: 'W007', oneShot: 'b', pending: ['factory-reset'], latestProofAt: 'x' };
    const { state, trace } = adoptState(other, config, names);
    assert.deepEqual(
      Object.values(state.slots).map(({ health, provenAt, attempts }) => [health, provenAt, attempts]),
      [
        ['trial', null, 0],
        ['trial', null, 0],
        ['trial', null, 0],
      ],
    );
    assert.deepEqual([state.oneShot, state.pending, state.owner], [null, [], 'W023']);
    assert.match(trace.join(), /the boot state is of node 'W007', and this is 'W023'/);
    assert.deepEqual(adoptState(state, config, names), { state, trace: [] }, 'once is enough');
  },
  'forgets nothing for a mistake in the name, which leaves the node with the user of its tunnel': () => {
    const own = { ...someState(), owner: 'W023' };
    const mistaken = parseConfig(`${CONFIG_TEXT}${TUNNEL}`.replace('name = "W023"', 'name = 23'), 'lifeboot.toml');
    assert.match(mistaken.problems.join(), /node\.name/);
    assert.equal(adoptState(own, mistaken.config, names).state, own);
    // A name that comes later is taken over, and holds.
    const named = adoptState({ ...someState(), owner: 'user:node-W023' }, config, names);
    assert.deepEqual(named, { state: own, trace: [] });
    const byUser = configOf(`${CONFIG_TEXT}${TUNNEL}`.replace('[node]\nname = "W023"', ''));
    const other = adoptState({ ...someState(), owner: 'user:node-W007' }, byUser, names);
    assert.match(other.trace.join(), /'user:node-W007', and this is 'user:node-W023'/);
  },
  'does not ask where nodes have no names': () => {
    const nameless = configOf(CONFIG_TEXT.replace('[node]\nname = "W023"', ''));
    const other = { ...someState(), owner: 'W007' };
    assert.equal(adoptState(other, nameless, names).state, other);
  },
});
