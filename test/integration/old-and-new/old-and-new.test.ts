/**
 * The release before this one takes over a state that this one wrote, and the other way round, on one node.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { BootState } from '../../../src/core/state/state.ts';
import { withSlot } from '../../../src/core/state/state.ts';
import { spec } from '../../support/spec.ts';
import { type LoopNode, withLoopNode } from '../boot/loop-node.ts';
import { buildPrevious, hasPrevious } from './previous.ts';

const previous = hasPrevious()
  ? buildPrevious()
  : { name: 'none: this checkout has no history, and shows nothing', program: [] };
const NEW = [process.execPath, resolve(import.meta.dirname, '../../../src/main.ts')];
/** Without history the new one plays both parts; test/core/state/older-records.test.ts reads a record of the old one. */
const OLD = previous.program.length > 0 ? previous.program : NEW;
console.log(`the release before this one: ${previous.name}`);

function run(program: readonly string[], node: LoopNode, ...args: string[]) {
  const [file = '', ...words] = [...program, ...args, '--config', node.config];
  const { status, stdout, stderr } = spawnSync(file, words, { encoding: 'utf8' });
  assert.ok(status === 0, `${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

/** What either release may find in a state that the other wrote. */
function essence(state: BootState) {
  const slots = Object.entries(state.slots).map(([name, slot]) => `${name} ${slot.health} ${slot.attempts}`);
  return { order: state.order, oneShot: state.oneShot, slots, current: state.current?.slot ?? null };
}

function bootWith(node: LoopNode, program: readonly string[]): string {
  const { status, info, said } = node.boot(() => undefined, undefined, program);
  assert.equal(status, 0, said);
  return `${info.slot} ${info.attempt}`;
}

spec('old and new', {
  'count the attempts of a trial together, boot by boot, and fall back together': () => {
    for (const turns of [
      [NEW, OLD, NEW, OLD, NEW],
      [OLD, NEW, OLD, NEW, OLD],
    ]) {
      withLoopNode((node) => {
        run(turns[0] ?? NEW, node, 'state', 'init', '--good', 'b');
        const booted = turns.map((program) => bootWith(node, program));
        assert.deepEqual(booted, ['a 1', 'a 2', 'a 3', 'b 1', 'b 2']);
        assert.equal(node.state().slots['a']?.health, 'bad');
      });
    }
  },
  'see the same slots, order and next boot in what the other wrote': () => {
    withLoopNode((node) => {
      run(NEW, node, 'state', 'init', '--good', 'a');
      for (const [writer, verb] of [
        [NEW, 'switch b'],
        [OLD, 'switch a --once'],
        [NEW, 'mark bad b'],
        [OLD, 'reset-attempts'],
        [NEW, 'switch r --once'],
        [OLD, 'switch b'],
      ] as const) {
        spawnSync(writer[0] ?? '', [...writer.slice(1), ...verb.split(' '), '--config', node.config]);
        const [byOld, byNew] = [OLD, NEW].map((program) => JSON.parse(run(program, node, 'state', 'show', '--json')));
        assert.deepEqual(essence(byOld.state), essence(byNew.state), `after ${verb}`);
        const [oldNext, newNext] = [OLD, NEW].map((program) => JSON.parse(run(program, node, 'plan', '--json')).slot);
        assert.equal(oldNext, newNext, `after ${verb}`);
      }
    });
  },
  'keep what only the newer one knows, through boots and commands of the older one': () => {
    withLoopNode((node) => {
      run(NEW, node, 'state', 'init', '--good', 'a');
      const before = node.state();
      const held = { since: '2026-11-20T08:00:00Z', note: 'of a release that is not written yet' };
      const marked = { ...withSlot(before, 'b', { future: held } as object), future: [1, { two: 3 }] } as BootState;
      node.saveState(marked);
      assert.equal(bootWith(node, OLD), 'a 1');
      run(OLD, node, 'switch', 'b');
      assert.equal(bootWith(node, OLD), 'b 1');
      const after = node.state() as BootState & { future: unknown };
      assert.deepEqual(after.future, [1, { two: 3 }]);
      assert.deepEqual((after.slots['b'] as unknown as { future: unknown }).future, held);
      assert.equal(bootWith(node, NEW), 'b 2');
      assert.deepEqual((node.state() as typeof after).future, [1, { two: 3 }]);
    });
  },
});
