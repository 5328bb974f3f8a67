/** What a hand does on a node that runs. */
import type { BootState } from '../../src/core/state/state.ts';
import type { Model, Move } from './model.ts';
import { type ModelNode, nowOf, type Running, runningBoot } from './node.ts';

export function settingMoves({ rules }: Model, node: ModelNode): readonly Move[] {
  return ['default', 'tmpfs'].map((value) => ({
    label: `operator: set ${value}`,
    to: { ...node, state: rules.setValue(node.state, 'upper.kind', value).state },
  }));
}

export function operatorMoves({ rules, config }: Model, node: ModelNode, running: Running): readonly Move[] {
  const { state } = node;
  const names = Object.keys(config.slots).filter((name) => state.slots[name]?.health !== 'empty');
  const moves: Move[] = [];
  const add = (what: string, change: () => BootState): void => {
    moves.push({ label: `operator: ${what}`, to: { ...node, state: change() } });
  };
  for (const slot of names) {
    for (const once of [false, true]) {
      add(`switch ${slot}${once ? ' once' : ''}`, () => rules.switchTo(state, { slot, once, found: null }).state);
    }
    if (slot === running.slot) continue;
    add(`mark bad ${slot}`, () => rules.markBadByHand(state, { slot, reason: null, boot: null }).state);
    moves.push({
      label: `operator: another image in ${slot}`,
      to: { ...node, swapped: [...new Set([...node.swapped, slot])] },
    });
  }
  const boot = runningBoot(node, running);
  add('mark bad here', () => rules.markBadByHand(state, { slot: running.slot, reason: null, boot }).state);
  if (running.verdict === 'proven') {
    add(
      'mark good',
      () => rules.markGoodByHand(state, { boot, slot: null, normal: true, at: nowOf(node.state) }, config).state,
    );
  }
  add('reset attempts', () => rules.resetAttempts(state, null).state);
  return moves;
}
