/** `check`, `tunnel`, `confirm` and `proof` at the command line: what they print and how they end. */
import assert from 'node:assert/strict';
import type { Ports } from '../../src/app/ports.ts';
import type { CheckResult, TunnelSample } from '../../src/core/judge/sample.ts';
import { runLine } from '../support/fake-io.ts';
import {
  BOOT_ID,
  bootInfo,
  CONFIG_TEXT,
  type FakeNode,
  type FakeSetup,
  fakeNode,
  someState,
  whileRunning,
} from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';

const TUNNEL = `
[tunnel]
host = "bastion.example.org"
user = "node-W023"
identity = "/etc/lifeboot/tunnel_key"
known_hosts = "/etc/lifeboot/known_hosts"
forward = "0:localhost:22"
`;

function provingNode(sample: TunnelSample, checks: readonly CheckResult[] = [], setup: FakeSetup = {}): FakeNode {
  const node = fakeNode({
    config: CONFIG_TEXT + TUNNEL,
    info: bootInfo(),
    state: whileRunning(someState(), 'a'),
    ...setup,
  });
  const tunnel: Ports['tunnel'] = { ...node.ports.tunnel, sample: () => sample, setUp: () => [] };
  return { ...node, ports: { ...node.ports, tunnel, checks: { run: () => checks }, saveIdentity: () => [] } };
}

const proven = { kind: 'proven', level: 'loop', notes: ['the server permits loop'] } as const;
const unproven = { kind: 'unproven', why: 'nothing answered within 15 s' } as const;
const check = (name: string, required: boolean, passed: boolean): CheckResult => ({
  name,
  required,
  passed,
  why: passed ? null : 'no disk',
  seconds: 0.5,
});

spec('check', {
  'ends with 1 only when a required check fails': () => {
    const ran = runLine('check', provingNode(proven, [check('disk', true, true), check('gps', false, false)]));
    assert.deepEqual(
      [ran.code, ran.out],
      [0, 'passed  required  disk  0.5 s\nfailed  wanted    gps   0.5 s  no disk\n'],
    );
    assert.equal(runLine('check', provingNode(proven, [check('disk', true, false)])).code, 1);
    assert.equal(runLine('check', provingNode(proven)).code, 0);
    assert.equal(JSON.parse(runLine('check --json', provingNode(proven)).out).passed, true);
  },
});

spec('tunnel', {
  "check tells proven, unproven and nobody's fault apart": () => {
    const ran = runLine('tunnel check', provingNode(proven));
    assert.deepEqual(
      [ran.code, ran.out],
      [0, 'proven: the tunnel works, at level loop\nnote: the server permits loop\n'],
    );
    assert.deepEqual(JSON.parse(runLine('tunnel check --json', provingNode(unproven)).out), unproven);
    assert.equal(runLine('tunnel check', provingNode(unproven)).code, 1);
    assert.equal(runLine('tunnel check', provingNode({ kind: 'busy', why: 'held' })).code, 69);
    assert.equal(runLine('tunnel check', provingNode({ kind: 'clock', why: 'dates' })).code, 69);
    assert.equal(runLine('tunnel check', fakeNode()).code, 78);
  },
  'setup needs root and finds nothing to change; a dry run does nothing': () => {
    assert.equal(runLine('tunnel setup', provingNode(proven)).code, 2);
    assert.equal(runLine('tunnel setup', provingNode(proven, [], { isRoot: false })).code, 77);
    const dry = runLine('tunnel --dry-run', provingNode(proven));
    assert.match(dry.out, /^would become ssh: node-W023@bastion\.example\.org port 22, forward 0:localhost:22$/m);
  },
});

spec('confirm', {
  'looks once without a write': () => {
    for (const [sample, code] of [
      [proven, 0],
      [unproven, 1],
      [{ kind: 'busy', why: 'held' }, 69],
    ] as const) {
      const ran = runLine('confirm', provingNode(sample));
      assert.deepEqual([ran.code, ran.node.saves.length], [code, 0], sample.kind);
    }
    assert.equal(runLine('confirm', provingNode(proven, [check('disk', true, false)])).code, 1);
  },
  'ends by the verdict that was given before': () => {
    for (const [outcome, code] of [
      ['proven', 0],
      ['no-tunnel', 1],
      ['failed', 1],
      ['outage', 69],
      ['busy', 69],
    ] as const) {
      const verdict = { outcome, reason: 'because', at: null };
      const ran = runLine('confirm --wait', provingNode(unproven, [], { verdict }));
      assert.deepEqual([ran.code, ran.out], [code, `slot a has its verdict: ${outcome}: because\n`]);
    }
    const verdict = { outcome: 'proven', reason: 'before', at: null };
    assert.equal(runLine('confirm', provingNode(unproven, [], { verdict })).code, 0);
  },
  "needs root, and a boot that is lifeboot's": () => {
    assert.equal(runLine('confirm', provingNode(proven, [], { isRoot: false })).code, 77);
    assert.equal(runLine('confirm', provingNode(proven, [], { info: null })).code, 69);
  },
  'gives the attempt back with --stopped, and only says so in a dry run': () => {
    const node = provingNode(unproven, [], { state: whileRunning(someState(), 'b'), info: bootInfo({ slot: 'b' }) });
    assert.match(runLine('confirm --stopped --dry-run', node).out, /would give the attempt/);
    assert.equal(node.saves.length, 0);
    assert.equal(runLine('confirm --stopped', node).code, 0);
    assert.equal(node.state().slots['b']?.attempts, 0);
  },
});

spec('proof', {
  'proves the running boot at level remote, and no other': () => {
    const ran = runLine(`proof ${BOOT_ID}`, provingNode(unproven));
    assert.deepEqual([ran.code, ran.out], [0, 'slot a is proven, at level remote\n']);
    assert.equal(ran.node.state().slots['a']?.proofLevel, 'remote');
    const other = runLine(`proof ${'f'.repeat(32)}`, provingNode(unproven));
    assert.deepEqual([other.code, other.node.saves.length], [1, 0]);
  },
  'keeps a node up that was marked bad by hand, and the slot bad': () => {
    const info = bootInfo({ slot: 'b', deploymentId: 'bbbb' });
    const node = provingNode(proven, [], { state: whileRunning(someState(), 'b'), info });
    assert.equal(runLine('mark bad --reason modem', node).code, 0);
    assert.equal(runLine(`proof ${BOOT_ID}`, node).code, 0);
    assert.deepEqual([node.state().slots['b']?.health, node.verdict()?.outcome], ['bad', 'proven']);
    assert.equal(runLine('mark good', node).code, 0);
    assert.equal(node.state().slots['b']?.health, 'good');
  },
  'answers the self-check with the boot id': () => {
    assert.equal(
      runLine('proof --echo', provingNode(unproven, [], { isRoot: false })).out,
      `lifeboot-proof ${BOOT_ID}\n`,
    );
  },
});
