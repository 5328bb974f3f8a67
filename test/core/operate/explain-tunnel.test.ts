import assert from 'node:assert/strict';
import { freshMemory } from '../../../src/core/ladder/link.ts';
import { NO_LADDER } from '../../../src/core/ladder/rungs.ts';
import { explainTunnel } from '../../../src/core/operate/explain-tunnel.ts';
import { spec } from '../../support/spec.ts';
import { CONFIG, good, NOW, stateOf, trial } from '../../support/states.ts';

spec('explainTunnel()', {
  'has nothing to tell of a node that is well': () => {
    assert.deepEqual(explainTunnel(stateOf({ a: good('a'), b: trial('b') }), freshMemory(0), CONFIG), []);
    assert.deepEqual(explainTunnel(null, null, CONFIG), []);
  },
  'says since when there is an outage, who waits for its end, and for how long': () => {
    const state = stateOf({ b: trial('b', { held: 'slot a could not either' }), a: good('a') });
    assert.deepEqual(explainTunnel({ ...state, outage: { since: NOW, slot: 'a' } }, null, CONFIG), [
      `an outage since ${NOW}: slot a, which was proven before, could not prove itself; a trial that has no tunnel now is not to blame`,
      'slot b is held back: slot a could not either; it is offered again when the tunnel has been back for 1h',
    ]);
  },
  'says what decides on a trial without attempts': () => {
    const used = trial('b', { attempts: 3 });
    assert.deepEqual(explainTunnel(stateOf({ b: used, a: good('a') }), null, CONFIG), [
      'slot b used its 3 attempts without a proof; it is bad when slot a proves itself, and tried again when that one cannot either',
    ]);
    assert.match(explainTunnel(stateOf({ b: used, a: trial('a') }), null, CONFIG)[0] ?? '', /no slot was proven yet/);
  },
  'says what the ladder has tried, and when the next round begins': () => {
    const ladder = {
      ...NO_LADDER,
      round: 2,
      taken: ['reboot'],
      next: { purpose: 'other', slot: 'b', clean: false },
    } as const;
    const memory = { ...freshMemory(1200), taken: ['tunnel'] } as const;
    assert.deepEqual(explainTunnel({ ...stateOf({ a: good('a') }), ladder }, memory, CONFIG), [
      'no tunnel for 20min in this boot; restarted in this boot: the tunnel',
      '2 full rounds without a tunnel; the next begins after 12h',
      'tried since the tunnel went away: a reboot',
      'the next boot is another slot (slot b)',
    ]);
  },
});
