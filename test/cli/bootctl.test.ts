/** AOSP's bootctl, verb by verb: output, exit codes, and the one difference. */
import assert from 'node:assert/strict';
import { runCli } from '../../src/cli/run.ts';
import { type Ran, runLine } from '../support/fake-io.ts';
import { bootInfo, fakeNode, someState, trialSlot, whileRunning } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';

const ask = (line: string, setup: Parameters<typeof runLine>[1] = { info: bootInfo() }): Ran =>
  runLine(`bootctl ${line}`, setup);
const answer = (line: string, setup?: Parameters<typeof runLine>[1]): string => {
  const { code, out } = ask(line, setup);
  return `${code} ${JSON.stringify(out)}`;
};

spec('bootctl', {
  'answers the questions about slots': () => {
    assert.equal(answer('hal-info'), '0 "HAL Version: android.hardware.boot@1.2::IBootControl\\n"');
    assert.equal(answer('get-number-slots'), '0 "2\\n"');
    assert.equal(answer('get-current-slot'), '0 "0\\n"');
    assert.equal(answer('get-current-slot', { info: bootInfo({ slot: 'b' }) }), '0 "1\\n"');
    assert.equal(answer('get-active-boot-slot'), '0 "0\\n"');
    assert.equal(answer('get-suffix 0'), '0 "_a\\n"');
    assert.equal(answer('get-suffix 1'), '0 "_b\\n"');
    assert.equal(answer('get-suffix 2'), '0 "\\n"');
  },
  'answers true and false by exit code alone': () => {
    const state = someState({ b: trialSlot('bbbb', { attempts: 3 }) });
    assert.equal(answer('is-slot-bootable 0', { state }), '0 ""');
    assert.equal(answer('is-slot-bootable 1', { state }), '70 ""');
    assert.equal(answer('is-slot-marked-successful 0', { state }), '0 ""');
    assert.equal(answer('is-slot-marked-successful 1', { state }), '70 ""');
    const beyond = ask('is-slot-bootable 2', { state });
    assert.deepEqual([beyond.code, beyond.err], [70, 'bootctl: is-slot-bootable failed: there is no slot 2\n']);
  },
  'changes slots in silence, and again with 0 when there is nothing to change': () => {
    const node = fakeNode({ info: bootInfo() });
    for (const saves of [1, 1]) {
      assert.equal(answer('set-active-boot-slot 1', node), '0 ""');
      assert.equal(node.saves.length, saves);
    }
    assert.equal(answer('get-active-boot-slot', node), '0 "1\\n"');
    assert.equal(answer('set-slot-as-unbootable 0x1', node), '0 ""');
    assert.equal(answer('is-slot-bootable 1', node), '70 ""');
    assert.equal(answer('get-active-boot-slot', node), '0 "0\\n"');
  },
  'marks the running boot successful, as a proof by hand': () => {
    const node = fakeNode({ state: whileRunning(someState(), 'b'), info: bootInfo({ slot: 'b' }) });
    assert.equal(answer('mark-boot-successful', node), '0 ""');
    assert.equal(node.state().slots['b']?.proofLevel, 'manual');
    assert.equal(answer('mark-boot-successful', node), '0 ""');
  },
  'remembers the snapshot merge status': () => {
    const node = fakeNode();
    assert.equal(answer('get-snapshot-merge-status', node), '0 "none\\n"');
    assert.equal(answer('set-snapshot-merge-status merging', node), '0 ""');
    assert.equal(answer('get-snapshot-merge-status', node), '0 "merging\\n"');
    assert.equal(ask('set-snapshot-merge-status melting', node).code, 64);
  },
  'refuses a slot that is no number, where AOSP would take it for slot 0': () => {
    for (const word of ['abc', 'a', '_a', '1x', '08', '-1', '1e0']) {
      const node = fakeNode({ info: bootInfo() });
      const ran = ask(`set-active-boot-slot ${word}`, node);
      assert.deepEqual([ran.code, ran.out, node.saves.length], [64, '', 0], word);
    }
  },
  'ends usage errors with 64 and everything else with 70': () => {
    for (const line of ['frobnicate', 'get-suffix', 'constructor']) assert.equal(ask(line).code, 64, line);
    assert.match(ask('frobnicate').err, /usage: bootctl VERB/);
    const broken = { kind: 'unreadable', why: 'EIO' } as const;
    for (const [line, setup] of [
      ['get-current-slot', { info: null }],
      ['get-current-slot', { info: bootInfo({ slot: 'r' }) }],
      ['mark-boot-successful', { info: null }],
      ['is-slot-bootable 0', { reading: broken }],
      ['set-active-boot-slot 1', { reading: broken }],
      ['set-active-boot-slot 1', { saveFails: true }],
      ['set-active-boot-slot 1', { config: 'x' }],
      ['set-active-boot-slot 1', { isRoot: false }],
      ['set-active-boot-slot 9', {}],
    ] as const) {
      const ran = ask(line, setup);
      assert.deepEqual([ran.code, ran.out], [70, ''], line);
      assert.notEqual(ran.err, '');
    }
  },
  'answers to its own name': () => {
    const out: string[] = [];
    const io = { stdout: (text: string) => void out.push(text), stderr: () => undefined, isTerminal: false, env: {} };
    const code = runCli('/usr/local/bin/bootctl', ['get-suffix', '1'], () => fakeNode().ports, io);
    assert.deepEqual([code, out], [0, ['_b\n']]);
  },
});
