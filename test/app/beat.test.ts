/** The heartbeat: who may vouch for the node, and what a pin that is stuck may not do. */
import assert from 'node:assert/strict';
import { beatIfProven } from '../../src/app/beat.ts';
import { confirmWait } from '../../src/app/confirm.ts';
import { BootError } from '../../src/core/errors.ts';
import { CONFIG, GOOD, NONE, node, outcomeOf } from '../support/confirm-node.ts';
import { spec } from '../support/spec.ts';

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
  'keeps no proof from being recorded': () => {
    assert.equal(confirmed({ tunnel: () => GOOD }, true).end, 'proven');
  },
  'does nothing on a node without one': () => {
    const { ports } = node({});
    // The port of this node may not be called at all.
    beatIfProven(ports, ports.config.load().config, true);
  },
});
