/** `lifeboot factory-reset`, and where what is pending shows. */
import assert from 'node:assert/strict';
import { recordBoot } from '../../src/app/record-boot.ts';
import { findRunningBoot } from '../../src/app/running-boot.ts';
import { markAlive } from '../../src/core/judge/verdict.ts';
import { runLine } from '../support/fake-io.ts';
import { BOOT_ID, bootInfo, CONFIG_TEXT, fakeNode, someState, whileRunning } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';

const RUNNING = { info: bootInfo(), state: whileRunning(someState(), 'a') };
const WORD = `factory-reset:upper:${BOOT_ID}`;

spec('lifeboot factory-reset', {
  'makes the reset pending with one write, and says what comes of it': () => {
    const { code, out, node } = runLine('factory-reset --level upper', RUNNING);
    assert.equal(code, 0, out);
    assert.deepEqual(node.state().pending, [WORD]);
    assert.equal(node.saves.length, 1);
    assert.match(out, /pending: none -> factory-reset:upper:/);
    assert.match(out, /note: the next boot does it; until then nothing has changed/);
    assert.match(out, /note: the identity files stay/);
  },
  'ends with 2 when it is pending already, and writes nothing in a dry run': () => {
    const state = { ...RUNNING.state, pending: [WORD] };
    assert.equal(runLine('factory-reset --level upper', { ...RUNNING, state }).code, 2);
    const dry = runLine('factory-reset --level upper --dry-run', RUNNING);
    assert.deepEqual([dry.code, dry.node.saves.length], [0, 0]);
  },
  'is taken back while it is pending': () => {
    const state = { ...RUNNING.state, pending: [WORD, 'repair b'] };
    const { code, node } = runLine('factory-reset --undo', { ...RUNNING, state });
    assert.deepEqual([code, node.state().pending], [0, ['repair b']]);
  },
  'refuses without a data partition, and words that exclude each other': () => {
    const config = CONFIG_TEXT.replace('device = "PARTLABEL=system-data"', '').replace('persistent', 'tmpfs');
    const refused = runLine('factory-reset --level all', { ...RUNNING, config });
    assert.equal(refused.code, 1);
    assert.match(refused.err, /names no data partition/);
    for (const words of ['', '--level disk', '--undo --level etc', '--undo --forget-identity', '--level etc x']) {
      assert.equal(runLine(`factory-reset ${words}`.trim(), RUNNING).code, 64, words);
    }
  },
});

spec('a pending factory reset', {
  'shows in status and plan': () => {
    const setup = { ...RUNNING, state: { ...RUNNING.state, pending: [WORD] } };
    assert.match(
      runLine('status', setup).out,
      /pending: factory reset \(upper\) puts aside each slot's writable layer/,
    );
    assert.equal(JSON.parse(runLine('status --json', setup).out).pending.length, 1);
    assert.match(runLine('plan', setup).out, /carry out what is pending on the data partition:\s+factory-reset:upper/);
  },
  'does not show any more once the running boot has done it': () => {
    const setup = { info: bootInfo({ done: [WORD] }), state: { ...RUNNING.state, pending: [WORD] } };
    assert.deepEqual(JSON.parse(runLine('status --json', setup).out).pending, []);
  },
  'leaves the state with the next thing that the running boot has to record, and not before': () => {
    const state = { ...RUNNING.state, pending: [WORD, 'repair b'] };
    const node = fakeNode({ state, info: bootInfo({ done: [WORD] }) });
    const boot = findRunningBoot(node.ports);
    assert.ok(boot !== null);
    const { config } = node.ports.config.load();
    assert.equal(
      recordBoot(node.ports, config, boot, (same) => same),
      false,
    );
    assert.deepEqual(node.state().pending, [WORD, 'repair b']);
    recordBoot(node.ports, config, boot, (before) => markAlive(before, boot));
    assert.deepEqual([node.state().pending, node.saves.length], [['repair b'], 1]);
  },
});
