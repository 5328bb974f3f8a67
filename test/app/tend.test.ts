/** The ladder as a node lives it: what `tend` does in which minute, what it writes, and where the node ends. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CONFIG } from '../support/confirm-node.ts';
import { spec } from '../support/spec.ts';
import { good, stateOf, trial } from '../support/states.ts';
import { TendNode } from '../support/tend-node.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const proven = (day: number) => ({ provenAt: `2026-11-${day}T12:00:00Z` });
const STATE = stateOf({ a: good('a', proven(20)), b: good('b', proven(19)), r: good('r', proven(18)) });

spec('tend()', {
  'makes no look and writes nothing while the proven ssh still runs, and proves it anew each five minutes': () => {
    const node = new TendNode({ state: STATE, answers: () => true });
    node.live(DAY);
    assert.deepEqual(node.log, ['0:00 boot a']);
    assert.ok(node.looks <= 24 * 12 + 1, `${node.looks} looks in a day`);
    assert.equal(node.saves, 4, 'attempt, alive, proven, lasted');
    assert.ok(node.identitySaves >= node.looks - 2, 'what was renewed since is kept with each proof');
  },
  'climbs the ladder rung by rung, then waits on the slot that proved itself last': () => {
    const node = new TendNode({ state: STATE, answers: (seconds) => seconds < HOUR, config: `${CONFIG}[rescue]\n` });
    node.live(8 * HOUR);
    assert.deepEqual(node.log, [
      '0:00 boot a',
      '1:14 restart lifeboot-tunnel.service',
      '1:29 restart 7 units',
      '1:56 boot a',
      '2:53 boot a clean',
      '3:52 boot b',
      '4:51 boot r',
      '5:50 boot rescue',
      '6:20 boot a',
      '7:19 endRound',
    ]);
    assert.deepEqual(node.state.ladder, { round: 1, taken: [], slots: ['a', 'b', 'r'], clean: ['a'], next: null });
  },
  'proves the good slot in the same boot when an outage ends after its verdict': () => {
    const node = new TendNode({ state: STATE, answers: (seconds) => seconds > 20 * 60 });
    node.live(2 * HOUR);
    assert.deepEqual(node.log, ['0:00 boot a', '0:16 restart lifeboot-tunnel.service', '0:23 prove']);
    assert.equal(node.state.history.at(-1)?.outcome, 'proven');
    assert.equal(node.state.outage, null);
  },
  'tries nothing for two hours after an operator came in: the self-check may be what is broken': () => {
    const node = new TendNode({ state: STATE, answers: (seconds) => seconds < HOUR });
    node.live(HOUR + 10 * 60);
    node.visit();
    node.live(2 * HOUR - 60);
    assert.deepEqual(node.log, ['0:00 boot a']);
    node.live(HOUR);
    assert.deepEqual(node.log.slice(1), [
      '3:13 restart lifeboot-tunnel.service',
      '3:28 restart 7 units',
      '3:55 boot a',
    ]);
  },
  'counts anew after a late proof: an outage that comes back minutes later is another one': () => {
    const back = (seconds: number) => seconds > 50 * 60 && seconds <= 55 * 60;
    const node = new TendNode({ state: STATE, answers: (seconds) => back(seconds) });
    node.live(100 * 60);
    assert.deepEqual(
      node.log.map((line) => line.replace(/ restart \d+ units/, ' restart units')),
      [
        '0:00 boot a',
        '0:16 restart lifeboot-tunnel.service',
        '0:30 restart units',
        '0:53 prove',
        '1:09 restart lifeboot-tunnel.service',
        '1:24 restart units',
      ],
    );
  },
  'does not wear out flash nor flip slots in an outage of a week, and is proven minutes after it': () => {
    const node = new TendNode({ state: STATE, answers: (seconds) => seconds < HOUR || seconds > 7 * DAY });
    node.live(7 * DAY);
    const boots = node.log.filter((line) => line.includes(' boot ')).length;
    console.log(`  a week without uplink: ${boots} boots, ${node.saves} saves of the boot state`);
    assert.ok(boots <= 40, `${boots} boots in a week`);
    assert.ok(node.saves <= 160, `${node.saves} saves in a week`);
    assert.deepEqual(node.state.order, ['a', 'b', 'r']);
    node.live(2 * HOUR);
    assert.equal(node.state.history.at(-1)?.outcome, 'proven');
    assert.deepEqual(node.state.ladder, { round: 0, taken: [], slots: [], clean: [], next: null });
    assert.deepEqual(
      ['a', 'b', 'r'].map((name) => node.state.slots[name]?.health),
      ['good', 'good', 'good'],
    );
  },
  'is most of a long outage on the slot that proved itself last': () => {
    const where = new Map<string, number>();
    const node = new TendNode({ state: STATE, answers: () => false });
    for (let minute = 0; minute < 14 * 24 * 60; minute += 1) {
      node.live(60);
      where.set(node.running, (where.get(node.running) ?? 0) + 1);
    }
    assert.ok((where.get('a') ?? 0) >= 0.85 * 14 * 24 * 60, JSON.stringify([...where]));
  },
  'does nothing about a link that is blippy, and writes nothing': () => {
    const node = new TendNode({ state: STATE, answers: (seconds) => (seconds / 60) % 2 === 0 || seconds < 600 });
    node.live(2 * DAY);
    assert.deepEqual(node.log, ['0:00 boot a']);
    assert.equal(node.saves, 4, 'attempt, alive, proven, lasted');
  },
  'comes to the reboot although a mostly dead link answers now and then': () => {
    const node = new TendNode({ state: STATE, answers: (seconds) => seconds < 600 || (seconds / 60) % 10 === 0 });
    node.live(3 * HOUR);
    assert.ok(
      node.log.some((line) => line.endsWith('boot a') && !line.startsWith('0:00')),
      node.log.join(', '),
    );
  },
  'finds the one way that works': () => {
    for (const way of ['a clean', 'b', 'r']) {
      const node = new TendNode({ state: STATE, answers: (seconds, running) => seconds < HOUR || running === way });
      node.live(6 * HOUR);
      assert.equal(node.running, way);
      assert.equal(node.state.history.at(-1)?.outcome, 'proven', way);
    }
  },
  'comes to a slot that was never proven, or judged bad, when no other finds the tunnel: in the second round': () => {
    for (const slots of [
      { a: good('a'), b: trial('b', { held: 'an outage' }) },
      { a: good('a'), b: { health: 'bad' as const, evidence: 'a check' } },
    ]) {
      const node = new TendNode({
        state: stateOf(slots),
        answers: (seconds, running) => seconds < HOUR || running === 'b',
      });
      node.live(2 * DAY);
      assert.equal(node.running, 'b', node.log.join(', '));
      assert.equal(node.state.slots['b']?.health, 'good');
    }
  },
  'does not keep a slot in clean mode because an outage ended during its clean boot': () => {
    const node = new TendNode({ state: STATE, answers: (seconds) => seconds > 2.5 * HOUR });
    node.live(2.5 * HOUR);
    assert.equal(node.running, 'a clean');
    node.live(HOUR);
    assert.deepEqual([node.state.history.at(-1)?.outcome, node.state.slots['a']?.mode], ['proven', 'normal']);
    node.boot();
    assert.equal(node.running, 'a');
  },
  'keeps it where the clean boot was the cure': () => {
    const node = new TendNode({ state: STATE, answers: (seconds, running) => seconds < HOUR || running === 'a clean' });
    node.live(6 * HOUR);
    assert.equal(node.state.slots['a']?.mode, 'clean');
    node.boot();
    assert.equal(node.running, 'a clean');
  },
  'offers a trial again an hour after the outage, and it is booted then': () => {
    const state = stateOf({ b: trial('b'), a: good('a', proven(20)) });
    const node = new TendNode({ state, answers: (seconds) => seconds > 3 * HOUR });
    node.live(3 * HOUR);
    assert.equal(node.running, 'a clean');
    assert.notEqual(node.state.slots['b']?.held, null);
    node.live(50 * 60);
    node.boot();
    assert.equal(node.running, 'a', 'not yet');
    node.live(90 * 60);
    assert.match(node.log.at(-1) ?? '', /offer$/);
    node.boot();
    assert.equal(node.running, 'b');
  },
  'restarts services only, and reboots after hours, when the boot state cannot be written': () => {
    const saveFails = () => node.seconds > HOUR;
    const node: TendNode = new TendNode({ state: STATE, answers: (seconds) => seconds < HOUR, saveFails });
    node.live(6.5 * HOUR);
    assert.deepEqual(
      node.log.map((line) => line.replace(/^\S+ /, '')),
      ['boot a', 'restart lifeboot-tunnel.service', 'restart 7 units'],
    );
    node.live(HOUR);
    assert.equal(node.log.filter((line) => line.endsWith(' boot a')).length, 2);
    assert.deepEqual(node.state.ladder.taken, []);
  },
  'at most one step in a minute, each boot of the ladder durable first, and no rung twice in a round, wherever power goes':
    () => {
      const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 12 });
      fc.assert(
        fc.property(cuts, (minutes) => {
          const node = new TendNode({ state: STATE, answers: (seconds) => seconds < HOUR });
          for (const minute of minutes) {
            node.live(minute * 60);
            node.boot();
            const { taken } = node.state.ladder;
            assert.equal(new Set(taken).size, taken.length, taken.join());
            assert.deepEqual(node.state.order, ['a', 'b', 'r']);
          }
        }),
        { numRuns: 60 },
      );
    },
});
