/**
 * Everything that may happen next: how a boot goes, what it shows, what the ladder does, what a hand does, power cuts.
 *
 * Each move calls the production functions in the order in which the use cases call them.
 */
import assert from 'node:assert/strict';
import type { Verdict } from '../../src/core/judge/verdict.ts';
import { freshMemory, type TendMemory } from '../../src/core/ladder/link.ts';
import type { TendAction } from '../../src/core/ladder/plan-tend.ts';
import type { BootState } from '../../src/core/state/state.ts';
import { asThisBoot, bootOnce, type Trouble } from './boot-once.ts';
import type { Model, Move } from './model.ts';
import { type ModelNode, nowOf, type Running, runningBoot } from './node.ts';
import { operatorMoves, settingMoves } from './operator-moves.ts';

export function movesOf(model: Model, node: ModelNode): readonly Move[] {
  if (node.running === null) return bootMoves(model, node);
  return node.running.verdict === 'open' ? openMoves(model, node, node.running) : laterMoves(model, node, node.running);
}

/** A boot, whatever goes wrong in it. */
function bootMoves(model: Model, node: ModelNode): readonly Move[] {
  const { events, config } = model;
  const names = events.mounts ? Object.keys(config.slots) : [];
  const slotTroubles = names.flatMap((name) =>
    (['absent', 'content', 'check'] as const).map((how): Trouble => ({ slot: { name, how } })),
  );
  const troubles: readonly Trouble[] = [
    {},
    { cutAfterSave: true },
    ...(events.panics && node.state.current !== null ? [{ panicked: true } as const] : []),
    ...(events.writes ? [{ saveFails: true } as const] : []),
    ...slotTroubles,
  ];
  return troubles.map((trouble) => ({ label: `boot ${JSON.stringify(trouble)}`, to: boot(model, node, trouble) }));
}

export function boot({ rules, config }: Model, node: ModelNode, trouble: Trouble): ModelNode {
  const end = bootOnce(rules, config, node, trouble);
  const disk = asThisBoot(end.disk);
  const holds = (state: BootState, name: string) => state.slots[name]?.deployment?.id;
  const swapped = node.swapped.filter((name) => holds(disk, name) === holds(node.state, name));
  if (end.entered === null) return { state: disk, running: null, swapped };
  const { slot, mode, attempt } = end.entered;
  return { state: disk, running: { slot, mode, attempt, saved: end.saved, verdict: 'open' }, swapped };
}

/** Until the verdict. */
function openMoves(model: Model, node: ModelNode, running: Running): readonly Move[] {
  const { rules } = model;
  const running_ = runningBoot(node, running);
  // A boot that is in no record has nothing to mark.
  const isAlive = node.state.current?.alive === true || !running.saved;
  const { events } = model;
  const cut = powerCut(model, node);
  if (!isAlive) {
    const alive = rules.markAlive(node.state, running_);
    const failed = events.checks ? [judged(model, node, running, 'failed', 'check failed')] : [];
    return [...cut, { label: 'alive', to: { ...node, state: alive } }, ...failed];
  }
  return [
    ...cut,
    proven(model, node, running, 'proven'),
    judged(model, node, running, 'no-tunnel', 'silent'),
    ...(events.writes ? unrecorded(model, node, running) : []),
    ...(events.refunds ? [judged(model, node, running, 'busy', 'busy')] : []),
    ...(events.refunds
      ? [{ label: 'clean reboot', to: off(node, rules.refundCleanReboot(node.state, running_)) }]
      : []),
  ];
}

/** A good slot that dies alive before its verdict is counted, and multiplies the model: only where short lives are looked at. */
function powerCut({ events }: Model, node: ModelNode): readonly Move[] {
  const { current, slots } = node.state;
  const isCounted = current?.alive === true && slots[current.slot]?.health === 'good';
  return isCounted && !events.shortLives ? [] : [{ label: 'power cut', to: off(node, node.state) }];
}

export function proven({ rules, config, events }: Model, node: ModelNode, running: Running, label: string): Move {
  const boot_ = runningBoot(node, running);
  const marked = rules.markProven(node.state, boot_, { level: 'loop', at: nowOf(node.state) }, config);
  const state = events.shortLives ? marked : rules.noteLasted(marked, boot_);
  return { label, to: { ...node, state, running: { ...running, verdict: 'proven' } } };
}

export function judged(
  { rules }: Model,
  node: ModelNode,
  running: Running,
  outcome: Verdict['outcome'],
  label: string,
): Move {
  const running_ = runningBoot(node, running);
  const verdict = { outcome, reason: label };
  const stays = rules.staysAfterVerdict(node.state, running_, verdict);
  const state = rules.recordVerdict(node.state, running_, verdict, nowOf(node.state));
  return { label, to: stays ? { ...node, state, running: { ...running, verdict: 'without' } } : off(node, state) };
}

/** The verdict could not be written; what follows from it does all the same. */
function unrecorded({ rules }: Model, node: ModelNode, running: Running): readonly Move[] {
  const stays = rules.staysAfterVerdict(node.state, runningBoot(node, running), { outcome: 'no-tunnel', reason: '' });
  const silent = stays ? { ...node, running: { ...running, verdict: 'without' as const } } : off(node, node.state);
  return [
    { label: 'proven, the write fails', to: { ...node, running: { ...running, verdict: 'proven' } } },
    { label: 'silent, the write fails', to: silent },
  ];
}

export function off(node: ModelNode, state: BootState): ModelNode {
  return { ...node, state, running: null };
}

/** After the verdict: the ladder, a hand, power cuts. */
function laterMoves(model: Model, node: ModelNode, running: Running): readonly Move[] {
  return [
    ...powerCut(model, node),
    ...(model.events.ladder ? ladderMoves(model, node, running) : []),
    ...(model.events.operator ? operatorMoves(model, node, running) : []),
    ...(model.events.shortLives ? [tendBack(model, node, running)].filter((move) => move !== null) : []),
    ...(model.events.settings ? settingMoves(model, node) : []),
  ];
}

function ladderMoves(model: Model, node: ModelNode, running: Running): readonly Move[] {
  return [tendAway(model, node, running), tendBack(model, node, running)].filter((move) => move !== null);
}

/** So long without a tunnel that whatever is next is due; the services were restarted. */
const LONG_AWAY: TendMemory = { ...freshMemory(10 ** 9), looks: [{ at: 10 ** 9, good: false }] };

export function tendAway({ rules, config }: Model, node: ModelNode, running: Running): Move | null {
  const restarts = (['tunnel', 'network'] as const).filter((rung) => !node.state.ladder.taken.includes(rung));
  const action = rules.planTend({
    config,
    memory: { ...LONG_AWAY, taken: restarts },
    sample: { kind: 'unproven', why: 'silence' },
    verdict: running.verdict === 'proven' ? 'proven' : 'no-tunnel',
    boot: runningBoot(node, running),
    state: node.state,
    visitedAt: null,
  });
  const taken = { rungs: restarts, running: running.slot, at: nowOf(node.state) };
  if (action.do === 'endRound')
    return { label: 'ladder: the round ends', to: { ...node, state: rules.endRound(node.state, taken) } };
  if (action.do !== 'boot') return null;
  return { label: `ladder: ${action.next.purpose}`, to: off(node, rules.askForBoot(node.state, action.next, taken)) };
}

/** The tunnel is back, and was held for as long as it takes; a failed write is the next minute's again. */
export function tendBack(model: Model, node: ModelNode, running: Running): Move | null {
  const { rules, config } = model;
  const looks = [0, 1, 2, 3].map((minute) => ({ at: 10 ** 6 + minute * 60, good: true }));
  const action: TendAction = rules.planTend({
    config,
    memory: { ...freshMemory(0), looks, healthySince: 0 },
    sample: { kind: 'proven', level: 'loop', notes: [] },
    verdict: running.verdict === 'proven' ? 'proven' : 'no-tunnel',
    boot: runningBoot(node, running),
    state: node.state,
    visitedAt: null,
  });
  switch (action.do) {
    case 'prove':
      return proven(model, node, running, 'tend proves it');
    case 'last':
      return {
        label: 'tend sees it last',
        to: { ...node, state: rules.noteLasted(node.state, runningBoot(node, running)) },
      };
    case 'offer':
      return { label: 'tend offers the held trials', to: { ...node, state: rules.offerAgain(node.state) } };
    case 'forget':
      return { label: 'tend forgets the ladder', to: { ...node, state: rules.forgetLadder(node.state) } };
    case 'nothing':
      return null;
    default:
      throw new assert.AssertionError({ message: `with a working tunnel tend wants to '${action.do}'` });
  }
}
