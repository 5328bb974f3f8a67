/** Nodes whose boots do not last, as they live: where they end, and what is not held against a slot. */
import assert from 'node:assert/strict';
import { spec } from '../support/spec.ts';
import { good, stateOf } from '../support/states.ts';
import { TendNode } from '../support/tend-node.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const proven = (day: number) => ({ provenAt: `2026-11-${day}T12:00:00Z` });
const STATE = stateOf({ a: good('a', proven(20)), b: good('b', proven(19)), r: good('r', proven(18)) });

spec('a node that lives', {
  'goes over to another proven slot when one crashes after each proof, stays there, and says why': () => {
    const node = new TendNode({ state: STATE, answers: () => true });
    for (let boots = 0; boots < 5; boots += 1) {
      node.boot();
      node.live(5 * 60);
    }
    node.boot();
    assert.deepEqual(node.log.slice(-2), ['0:20 boot a', '0:25 boot b']);
    assert.match(
      node.state.slots['a']?.reason ?? '',
      /within minutes after its proof, and did not last 5 times in a row/,
    );
    node.live(HOUR);
    node.boot();
    assert.equal(node.running, 'b');
    assert.deepEqual([node.state.slots['a']?.health, node.state.order], ['good', ['a', 'b', 'r']]);
  },
  'does not hold the reboots of the ladder against the slot, nor an outage soon after the proof': () => {
    const node = new TendNode({ state: STATE, answers: (seconds) => seconds % (90 * 60) < 7 * 60 });
    node.live(3 * DAY);
    assert.deepEqual(
      Object.values(node.state.slots).map(({ shortLived }) => shortLived),
      [0, 0, 0],
    );
  },
  'does not begin anew what an operator says of an old boot': () => {
    const node = new TendNode({ state: STATE, answers: () => true });
    node.live(DAY);
    node.visit();
    node.live(HOUR);
    node.boot();
    assert.equal(node.state.slots['a']?.shortLived, 0);
  },
  'gives up to note that a boot lasted on a medium that died meanwhile': () => {
    let isDead = false;
    const node = new TendNode({ state: STATE, answers: () => true, saveFails: () => isDead });
    node.live(8 * 60);
    isDead = true;
    node.live(DAY);
    assert.ok(node.failedSaves <= 1, `${node.failedSaves} writes that failed`);
  },
  'holds nothing against a slot that lasts, or is asked to go down': () => {
    const node = new TendNode({ state: STATE, answers: () => true });
    for (let boots = 0; boots < 4; boots += 1) {
      node.boot();
      node.live(5 * 60);
    }
    node.boot();
    node.live(HOUR);
    assert.deepEqual([node.state.slots['a']?.shortLived, node.state.young], [0, null]);
    for (let boots = 0; boots < 8; boots += 1) {
      node.boot();
      node.live(5 * 60);
      node.shutDown();
    }
    node.boot();
    assert.equal(node.running, 'a');
  },
});
