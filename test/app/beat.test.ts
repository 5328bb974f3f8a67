/** The heartbeat: who may vouch for the node, and what a pin that is stuck may not do. */
import assert from 'node:assert/strict';
import { beatIfProven } from '../../src/app/beat.ts';
import { confirmWait } from '../../src/app/confirm.ts';
import { BootError } from '../../src/core/errors.ts';
import { CONFIG, GOOD, NONE, node, outcomeOf } from '../support/confirm-node.ts';
import { spec } from '../support/spec.ts';
import { good, stateOf } from '../support/states.ts';
import { TendNode } from '../support/tend-node.ts';

const HEART = `${CONFIG}\n[watchdog]\nheartbeat = "/run/waggle_ssh_ok"\n`;

/** `confirm --wait` on a node with a heartbeat: how it ended, and what was beaten. */
function confirmed(setup: Parameters<typeof node>[0], fails = false): { end: string; beats: string[] } {
  const made = node({ config: HEART, ...setup });
  const beats: string[] = [];
  const heartbeat = {
    beat(path: string): void {
      beats.push(path);
      if (fails) throw new BootError('IO', `cannot make the heartbeat '${path}'`);
    },
  };
  return { end: outcomeOf(confirmWait({ ...made.ports, heartbeat })), beats };
}

spec('beatIfProven()', {
  'beats when a boot is proven, and never before': () => {
    assert.deepEqual(confirmed({ tunnel: () => GOOD }), { end: 'proven', beats: ['/run/waggle_ssh_ok'] });
    assert.deepEqual(confirmed({ tunnel: () => NONE }), { end: 'no-tunnel, reboot', beats: [] });
    assert.deepEqual(confirmed({ tunnel: () => NONE, bootedSlot: 'a' }), { end: 'no-tunnel, stay', beats: [] });
  },
  'beats at each look of tend that is proven, and stops as soon as the tunnel is away': () => {
    const state = stateOf({ a: good('a'), b: good('b') });
    const answers = (seconds: number) => seconds < 3600 || seconds > 7200;
    const made = new TendNode({ state, answers, config: `${HEART}[tend]\nlook = "1min"\n` });
    made.live(10_000);
    const gaps = made.beats.slice(1).map((at, index) => at - (made.beats[index] ?? 0));
    assert.ok(made.beats.length > 60, `${made.beats.length} beats`);
    assert.ok(!made.beats.some((at) => at >= 3600 && at <= 7200), 'a beat without a tunnel');
    assert.equal(gaps.filter((gap) => gap > 120).length, 1, 'the outage, and no other gap');
  },
  'keeps no proof from being recorded': () => {
    assert.equal(confirmed({ tunnel: () => GOOD }, true).end, 'proven');
  },
  'does nothing on a node without one': () => {
    const { ports } = node({});
    // The port of this node may not be called at all.
    beatIfProven(ports, ports.config.load().config, true);
  },
});
