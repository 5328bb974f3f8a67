import assert from 'node:assert/strict';
import type { BootInfo } from '../../src/app/ports.ts';
import { runLine } from '../support/fake-io.ts';
import { bootInfo, CONFIG_TEXT, someState, trialSlot } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';
import { attempt, damaged } from '../support/try-repair.ts';

const session = {
  reason: 'nothing is left to boot in this round',
  endsAtSeconds: 1860,
  port: 'eth0',
  host: 'bastion.example.org',
  tunnelUp: true,
  said: null,
};
const wired = [{ name: 'eth0', kind: 'wired', link: true, addresses: ['10.0.2.15/24'] }] as const;
const tunnel = '[tunnel]\nhost = "b.example"\nuser = "n"\nforward = "0:localhost:22"\n';
const config = `${CONFIG_TEXT}${tunnel}[rescue]\n`;

spec('lifeboot rescue', {
  'shows in rescue why, how long still, the tunnel and the ports': () => {
    const { code, out } = runLine('rescue status', { config, rescue: session, networkPorts: wired });
    assert.equal(code, 0);
    assert.match(out, /is in rescue\nwhy: nothing is left to boot/);
    assert.match(out, /ends: by a reboot in 30min/);
    assert.match(out, /tunnel: up, to bastion\.example\.org through port eth0/);
    assert.match(out, /port eth0: wired, link, 10\.0\.2\.15\/24/);
    const json = JSON.parse(runLine('rescue status --json', { config, rescue: session, networkPorts: wired }).out);
    assert.deepEqual([json.inRescue, json.secondsLeft, json.problems], [true, 1800, []]);
  },
  'says on a running node what it would do, and ends with 3 where that is nothing': () => {
    const { code, out } = runLine('rescue status', { config, networkPorts: wired });
    assert.equal(code, 0);
    assert.match(out, /is not in rescue\nwhen nothing boots, rescue waits 30min/);
    const radio = [{ name: 'wlan0', kind: 'wifi', link: null, addresses: [] }] as const;
    const alone = runLine('rescue status', { config, networkPorts: radio });
    assert.equal(alone.code, 3);
    assert.match(alone.out.replaceAll(/\s+/g, ' '), /problem: this node has only Wi-Fi, .* it cannot be reached/);
    assert.match(runLine('rescue status').out, /there is no \[rescue\]/);
    const degraded = (info: BootInfo | null) =>
      JSON.parse(runLine('status --json', { config, networkPorts: radio, info }).out).degraded.join();
    assert.match(degraded(bootInfo()), /only Wi-Fi, .* cannot be reached/);
    assert.equal(degraded(null), '', 'a machine that prepares an image is not the node');
  },
  'chooses the slot for once, then asks for the reboot': () => {
    const { code, out, node } = runLine('rescue retry b', { config, rescue: session });
    assert.equal(code, 0);
    assert.equal(node?.state().oneShot, 'b');
    assert.equal(node?.rescueEnd(), 'slot b is tried again');
    assert.match(out, /reboots in a few seconds/);
    const again = runLine('rescue retry b --dry-run', { config, rescue: session });
    assert.deepEqual([again.code, again.node?.saves.length, again.node?.rescueEnd()], [0, 0, null]);
  },
  'does not reboot for a slot that is not there or empty': () => {
    const { code, node } = runLine('rescue retry x', { config, rescue: session });
    assert.equal(code, 64);
    assert.equal(node?.rescueEnd(), null);
  },
  'refuses retry and repair where there is no rescue': () => {
    for (const line of ['rescue retry a', 'rescue repair']) {
      const { code, err, node } = runLine(line, { config });
      assert.equal(code, 1);
      assert.match(err, /not in rescue\nhint: /);
      assert.equal(node?.saves.length, 0);
    }
  },
  'examines every slot, keeps the findings, and repairs what the configuration allows': () => {
    const { code, out, node, steps } = attempt('rescue repair', damaged, { config, rescue: session, info: null });
    assert.equal(code, 1);
    for (const name of ['a', 'b', 'r']) {
      assert.ok(out.includes(`slot ${name} is damaged`), out);
      assert.equal(node.state().slots[name]?.examined?.soundness, 'damaged');
    }
    assert.deepEqual(steps, []);
    const auto = `${config}[repair]\nauto = "reflash"\nsource = "/srv/x"\n`;
    const written = attempt('rescue repair', damaged, { config: auto, rescue: session, info: null });
    assert.ok(written.steps.includes('open /srv/x -> /dev/vda3'), 'b is neither running nor the way back');
    assert.match(
      written.out.replaceAll(/\s+/g, ' '),
      /slot a is not repaired: slot 'a' is the one that proved itself last/,
    );
  },
  'prints the command lines for the builders': () => {
    const lines = runLine('rescue command', { config }).out.split('\n');
    assert.deepEqual(lines.slice(0, 3), ['/usr/bin/ssh', '-F', 'none']);
    assert.equal(lines.at(-2), 'b.example');
    assert.equal(runLine('rescue command', {}).code, 78);
  },
});

spec('the terminal', {
  'is sent no control sequence that is in the boot state or in an image': () => {
    const reason = '\x1b]0;title\x07\x1b[2J\x9b31m and \x1b[31mred';
    const state = someState({ b: trialSlot('bbbb', { health: 'bad', reason }) });
    for (const line of ['status', 'why', 'log', 'doctor', 'state show', 'status --json']) {
      const { out, err } = runLine(line, { state });
      assert.doesNotMatch(out + err, /\x1b(?!\[\d+m)|[\x07\x9b]/, line);
    }
  },
});
