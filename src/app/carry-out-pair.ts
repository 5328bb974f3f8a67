/**
 * Carries out what a snapshot verb has planned, and what comes before each of them.
 *
 * Effects: the plan's writes, in its order. Each is durable before the next begins; what a cut between two leaves is in
 * the plan's own words.
 */
import { BootError } from '../core/errors.ts';
import { describeChanges } from '../core/operate/describe-changes.ts';
import { upperKey } from '../core/store/pair.ts';
import type { PairFacts } from '../core/store/pair-facts.ts';
import type { StorePlan } from '../core/store/pair-plan.ts';
import type { TakeOrder } from '../core/store/take-snapshot.ts';
import { type Edited, nextInWords } from './edit-state.ts';
import type { Gathered } from './pair-facts.ts';
import type { OnStep, Ports, UpperFacts } from './ports.ts';

/** @throws BootError REFUSED */
export function requireUpper({ layers }: Ports, { pair }: PairFacts, { active, held }: TakeOrder): UpperFacts {
  const upper = layers.findUpper(active, upperKey(pair, active, held.id));
  if (upper !== null) return upper;
  throw new BootError('REFUSED', `what slot '${active}' has changed is not kept in this boot`, {
    hint: "'lifeboot status' says why; reboot when that is in order",
  });
}

/** Packs what the running slot has changed. @returns null: nothing. @throws BootError IO, REFUSED without room, CONTENT */
export function sealRunning({ layers }: Ports, { active, over, own }: TakeOrder, upper: UpperFacts, say: OnStep) {
  const dirs = own.map((path) => ({ path, from: path }));
  return layers.seal({ upper: upper.dir, slot: active, over, isLive: true, form: null, own: dirs }, say);
}

/** Writes the plan, unless it is a dry run. */
export function performPlan(ports: Ports, gathered: Gathered, plan: StorePlan, dryRun: boolean): Edited {
  if (!dryRun && plan.writes.length > 0) {
    for (const write of plan.writes) perform(ports, gathered, write);
  }
  return {
    changed: plan.writes.length > 0,
    dryRun,
    changes: [...plan.changes, ...describeChanges(gathered.facts.state, plan.state)],
    notes: notesOf(gathered, plan),
    next: nextOf(gathered, plan),
  };
}

function perform(ports: Ports, { loaded }: Gathered, write: StorePlan['writes'][number]): void {
  const { layers } = ports;
  switch (write.do) {
    case 'saveManifest':
      layers.saveManifest(write.manifest);
      break;
    case 'savePair':
      layers.savePair(write.pair);
      break;
    case 'saveSnapshot':
      layers.saveSnapshot(write.snapshot);
      break;
    case 'deleteSnapshot':
      layers.deleteSnapshot(write.number);
      break;
    case 'saveState':
      ports.openState(loaded.config).save(write.state);
      break;
    default:
      write satisfies never;
  }
}

export function notesOf({ notes }: Gathered, plan: StorePlan): readonly string[] {
  return [...notes, ...plan.notes];
}

export function nextOf({ loaded }: Gathered, { state }: StorePlan): string {
  return nextInWords(loaded, state);
}

/** @throws BootError BUSY while a command changes a slot or a shell is open in one, UNAVAILABLE without a store */
export function holdLayers<T>(ports: Ports, work: () => T): T {
  return holdSlots(ports, () => {
    ports.layers.requireWritable();
    ports.layers.deleteLeft();
    return work();
  });
}

/** Keeps every other command from changing a slot, also where there is no store. @throws BootError BUSY */
export function holdSlots<T>(ports: Pick<Ports, 'layersLock'>, work: () => T): T {
  let isHeld = false;
  try {
    return ports.layersLock.hold(() => {
      isHeld = true;
      return work();
    });
  } catch (cause) {
    if (isHeld || !(cause instanceof BootError) || cause.code !== 'BUSY') throw cause;
    throw new BootError('BUSY', 'another command changes a slot, or a shell is open in one', {
      cause,
      hint: 'leave that shell, or wait for the command',
    });
  }
}
