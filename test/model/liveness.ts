/**
 * From every node that is off, with an uplink that works and no more power cuts: how many boots until one is proven?
 *
 * One way works and all others are mute (alive, no tunnel) or dead, in turn. Time passes: the ladder's rungs come due.
 * The number of boots from each node is remembered, so that each is lived once.
 */
import assert from 'node:assert/strict';
import type { SlotName } from '../../src/core/slot.ts';
import type { BootState, SlotState } from '../../src/core/state/state.ts';
import type { Model } from './model.ts';
import { boot, judged, proven, tendAway } from './moves.ts';
import { canonical, keyOf, type ModelNode, runningBoot } from './node.ts';

/** What the slots can do. */
export interface Truth {
  readonly works: SlotName;
  /** `clean`: only without its upper and persistent directories; `normal`: only with them. */
  readonly mode: 'any' | 'clean' | 'normal';
  /** `mute`: alive, no tunnel; `dead`: not alive; `crash`: alive, and dead before the verdict; `short`: proven, and dead soon after. */
  readonly others: 'mute' | 'dead' | 'crash' | 'short';
  /** What an operator has set since the last proof breaks whatever is booted with it. */
  readonly settingBreaks: boolean;
}

/** The recovery slot is booted as it is: it has no other mode. */
export function truthsOf({ config, events }: Model): readonly Truth[] {
  return Object.entries(config.slots).flatMap(([works, { role }]) =>
    (role === 'recovery' ? (['any'] as const) : (['any', 'clean', 'normal'] as const)).flatMap((mode) =>
      othersOf(events).flatMap((others) =>
        (events.settings ? [true, false] : [false]).map(
          (settingBreaks): Truth => ({ works, mode, others, settingBreaks }),
        ),
      ),
    ),
  );
}

function othersOf({ shortLives }: Model['events']): readonly Truth['others'][] {
  return ['mute', 'dead', ...(shortLives ? (['crash', 'short'] as const) : [])];
}

const MOST_BOOTS = 60;

/** @returns boots until a proof from the worst of `nodes` */
export function boundOf(model: Model, nodes: readonly ModelNode[], truth: Truth): number {
  const known = new Map<string, number>();
  let worst = 0;
  for (const start of nodes) {
    if (!canWork(start.state.slots[truth.works], truth)) continue;
    const path: string[] = [];
    let node = start;
    let left: number | undefined;
    for (; left === undefined; ) {
      const key = keyOf(node);
      left = known.get(key);
      if (left !== undefined) break;
      assert.ok(
        path.length < MOST_BOOTS,
        `no proof within ${MOST_BOOTS} boots, with ${JSON.stringify(truth)}, from ${keyOf(start)}`,
      );
      path.push(key);
      const next = liveOnce(model, node, truth);
      if (next === null) left = 0;
      else node = next;
    }
    for (const key of path.reverse()) {
      left += 1;
      known.set(key, left);
    }
    worst = Math.max(worst, left);
  }
  return worst;
}

/** A slot that was proven clean is booted normally again only when somebody says so. */
function canWork(slot: SlotState | undefined, { mode, others }: Truth): boolean {
  // What is proven each time, and never lasts, makes room for what was proven and may last; for nothing else.
  if (others === 'short' && (slot?.health !== 'good' || slot.shortLived > 0 || mode !== 'any')) return false;
  return slot !== undefined && slot.health !== 'empty' && (mode !== 'normal' || slot.mode === 'normal');
}

function hasProvenSettings({ settings = {}, provenSettings }: BootState): boolean {
  return JSON.stringify(settings) === JSON.stringify(provenSettings);
}

/** One boot and what follows from it. @returns the node when it is off again, null: proven */
function liveOnce(model: Model, off: ModelNode, truth: Truth): ModelNode | null {
  const entered = boot(model, off, {});
  const { running } = entered;
  if (running === null) return canonical(entered);
  const isBroken = truth.settingBreaks && !hasProvenSettings(entered.state);
  const works = running.slot === truth.works && (truth.mode === 'any' || running.mode === truth.mode) && !isBroken;
  if (!works && truth.others === 'dead') return canonical({ ...entered, running: null });
  const alive = { ...entered, state: model.rules.markAlive(entered.state, runningBoot(entered, running)) };
  if (truth.others === 'crash' && !works) return canonical({ ...alive, running: null });
  if (truth.others === 'short' && !works)
    return canonical({ ...proven(model, alive, running, 'proven').to, running: null });
  if (works) {
    const end = proven(model, alive, running, 'proven').to;
    assert.equal(end.state.slots[running.slot]?.health, 'good');
    return null;
  }
  const silent = judged(model, alive, running, 'no-tunnel', 'silent').to;
  if (silent.running === null) return canonical(silent);
  return climb(model, silent);
}

/** The node stays: the ladder is all that can help it. */
function climb(model: Model, staying: ModelNode): ModelNode {
  let node = staying;
  for (let rungs = 0; rungs < 3; rungs += 1) {
    assert.ok(node.running !== null);
    const move = tendAway(model, node, node.running);
    assert.ok(move !== null, `the ladder has come to an end on slot ${node.running.slot}: ${keyOf(node)}`);
    node = move.to;
    if (node.running === null) return canonical(node);
  }
  throw new assert.AssertionError({ message: 'the ladder ends rounds and never boots' });
}
