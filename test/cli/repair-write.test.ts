/** `lifeboot repair SLOT --from`: the order of its steps, what is recorded at each, what is refused before the first. */
import assert from 'node:assert/strict';
import { parseConfig } from '../../src/core/config/parse-config.ts';
import { planNextBoot } from '../../src/core/operate/next-boot.ts';
import type { BootState } from '../../src/core/state/state.ts';
import { runLine } from '../support/fake-io.ts';
import { fakeLayers } from '../support/fake-layers.ts';
import { bootInfo, CONFIG_TEXT, fakeNode, goodSlot, someState, trialSlot, valid } from '../support/fake-ports.ts';
import { fakeRepairs, type WriterStep } from '../support/fake-repairs.ts';
import { spec } from '../support/spec.ts';
import { attempt, damaged, HOLDS, slotB } from '../support/try-repair.ts';

const { config } = parseConfig(CONFIG_TEXT, 'x');

spec('repair SLOT --from', {
  'records, clears, writes, compares, and only then offers the slot as a trial': () => {
    const { code, steps, healths, node, out } = attempt(
      'repair b --from a',
      {},
      { state: someState({ b: trialSlot('bbbb', { attempts: 3, health: 'bad' }) }) },
    );
    assert.equal(code, 0);
    assert.deepEqual(steps, [
      'open /dev/vda2 -> /dev/vda3',
      'clearHead',
      'writeBody',
      'checkBody',
      'writeHead',
      'close',
    ]);
    assert.deepEqual(healths, [
      'open: bad',
      'clearHead: empty',
      'writeBody: empty',
      'checkBody: empty',
      'writeHead: empty',
    ]);
    const b = slotB(node.state());
    assert.deepEqual([b?.health, b?.attempts, b?.deployment?.id, node.saves.length], ['trial', 0, 'b-new', 2]);
    assert.match(out, /wrote 24 MiB to \/dev\/vda3, read back and compared/);
    assert.match(out, /slot b: health: bad -> trial/);
  },
  'leaves the slot empty with the reason when a step fails, and can be run again': () => {
    for (const failsAt of ['clearHead', 'writeBody', 'checkBody', 'writeHead'] as const) {
      const { code, node, steps, err } = attempt('repair b --from a', { failsAt });
      assert.equal(code, 74, failsAt);
      assert.match(err, /does not hold what was written/);
      assert.equal(steps.at(-1), 'close');
      const b = slotB(node.state());
      assert.equal(b?.health, 'empty');
      assert.match(b?.reason ?? '', /^writing it anew failed: '\/dev\/vda3' does not hold/);
      const again = attempt('repair b --from a', {}, { state: node.state() });
      assert.deepEqual([again.code, slotB(again.node.state())?.health], [0, 'trial']);
    }
  },
  'lets no boot enter the slot wherever it is cut': () => {
    for (const cut of ['clearHead', 'writeBody', 'checkBody', 'writeHead'] as const satisfies readonly WriterStep[]) {
      let held: BootState | null = null;
      const onStep = (step: string): void => {
        if (step === cut) held = node.state();
      };
      const node = fakeNode({
        info: bootInfo(),
        holds: HOLDS,
        state: someState({}, { order: ['b', 'a', 'r'], oneShot: 'b' }),
      });
      const repairs = fakeRepairs({ onStep }, []);
      const lock = { hold: <T>(work: () => T): T => work() };
      const ports = {
        ...node.ports,
        ...{ repairs, repairLock: lock, layersLock: lock, layers: fakeLayers().store },
      };
      assert.equal(runLine('repair b --from a', { ...node, ports }).code, 0);
      assert.ok(held !== null);
      assert.equal(planNextBoot({ config, state: valid(held), forcedSlot: null, notes: [] }).slot, 'a', cut);
    }
  },
  'does not touch the slot when the state cannot be written': () => {
    const { code, healths, steps } = attempt('repair b --from a', {}, { saveFails: true });
    assert.equal(code, 74);
    assert.deepEqual([steps.includes('clearHead'), healths], [false, ['open: trial']]);
    assert.equal(attempt('repair b --from a', {}, { reading: { kind: 'tooNew', major: 9, why: 'format 9' } }).code, 65);
    assert.equal(attempt('repair b --from a', {}, { config: `${CONFIG_TEXT}\n[attempts]\ntrial = "x"\n` }).code, 78);
  },
  'refuses the running slot and the last proven one, with a hint, and writes nothing': () => {
    const running = attempt('repair a --from b');
    assert.deepEqual([running.code, running.steps, running.node.saves.length], [1, [], 0]);
    assert.match(running.err, /^lifeboot: slot 'a' is running\nhint: boot another slot first/);
    const state = someState({ b: goodSlot('bbbb', { provenAt: '2026-11-21T00:00:00Z' }) });
    const proven = attempt('repair b --from a', {}, { state });
    assert.deepEqual([proven.code, proven.steps], [1, []]);
    assert.match(proven.err, /slot 'b' is the one that proved itself last.*\nhint: /);
    const unnamed = attempt(
      'repair a --from b',
      {},
      { info: null, state: someState({ a: goodSlot('aaaa', { provenAt: null }) }) },
    );
    assert.deepEqual([unnamed.code, unnamed.steps], [1, []], 'without boot.json it is still the way back');
  },
  'looks again at the way back once it holds the lock': () => {
    const state = someState();
    const onLock = (write: (state: BootState) => void): void =>
      write({ ...state, slots: { ...state.slots, b: goodSlot('bbbb', { provenAt: '2026-11-21T09:00:00Z' }) } });
    const { code, steps } = attempt('repair b --from a', {}, { state, onLock });
    assert.deepEqual([code, steps.includes('clearHead')], [1, false]);
  },
  'refuses an image that is too large, compressed, or could not be booted': () => {
    const large = attempt('repair b --from /x', { source: { sizeBytes: 33 << 20, fileSystemBytes: null } });
    assert.deepEqual([large.code, large.steps], [1, []]);
    assert.match(large.err, /larger than \/dev\/vda3/);
    assert.equal(attempt('repair b --from /x', { source: { form: 'compressed' } }).code, 65);
    const { code, err, steps } = attempt('repair b --from /x', { sourceFacts: damaged.facts ?? {} });
    assert.deepEqual([code, steps], [65, []]);
    assert.match(err, /'\/x' could not be booted from slot 'b': init: no init in the root/);
    assert.equal(attempt('repair b --from b').code, 1);
  },
  'ends with 2 when the slot holds that already, and finishes a write whose last step was cut': () => {
    const same = attempt('repair b --from a', { isThere: true });
    assert.deepEqual([same.code, same.node.saves.length], [2, 0]);
    const cut = someState({
      b: trialSlot('', { health: 'empty', deployment: null, reason: 'slot a is being written' }),
    });
    const finished = attempt('repair b --from a', { isThere: true }, { state: cut });
    assert.deepEqual(
      [finished.code, slotB(finished.node.state())?.health, finished.steps.includes('writeBody')],
      [0, 'trial', false],
    );
  },
  'prints the steps in a dry run, and takes none': () => {
    const { code, out, steps, node } = attempt('repair b --from a --dry-run');
    assert.deepEqual([code, steps, node.saves.length], [0, [], 0]);
    const lines = out
      .split('\n')
      .slice(1, 7)
      .map((line) => line.trim().split(' ')[0]);
    assert.deepEqual(lines, ['record', 'clear', 'write', 'read', 'write', 'record']);
  },
  'shows progress as lines, and on a terminal as one line drawn again': () => {
    const lines = attempt('repair b --from a').out.split('\n');
    assert.ok(
      lines.includes('   50 %  12 MiB of 24 MiB') && lines.includes('  100 %  24 MiB of 24 MiB'),
      lines.join('|'),
    );
    const drawn = attempt('repair b --from a', {}, {}, true).out;
    assert.match(drawn, /\r {3}50 % {2}12 MiB of 24 MiB +\r {2}100 % {2}24 MiB of 24 MiB +\n/);
  },
});
