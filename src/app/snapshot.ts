/**
 * `lifeboot snapshot take|cancel|set-writable|set-boot|delete`: the snapshot pair is changed.
 *
 * Effects in this order: 1 the lock of the layers, which a shell in a slot holds, too; 2 the lock of the boot state, never
 * the other way round; 3 read again; 4 what the plan writes, in its order. `take` seals what the running slot has changed
 * between 1 and 2, because a proof must not wait for that. What a cut leaves is either nothing that anybody names, or a
 * snapshot that the same command, or `cancel`, goes on with.
 */
import { formatBytes } from '../core/repair/examine-slot.ts';
import type { SlotName } from '../core/slot.ts';
import type { Layer } from '../core/store/deployment.ts';
import { planCancel, planDelete } from '../core/store/end-snapshot.ts';
import type { PairFacts } from '../core/store/pair-facts.ts';
import type { PairPlan } from '../core/store/pair-plan.ts';
import { planBootSlot, planWritable } from '../core/store/set-writable.ts';
import { completeTake, planTake, type TakeOrder } from '../core/store/take-snapshot.ts';
import { holdLayers, nextOf, notesOf, performPlan, requireUpper, sealRunning } from './carry-out-pair.ts';
import { collectGarbage } from './collect-garbage.ts';
import { type Edited, loadSoundConfig } from './edit-state.ts';
import { type Gathered, gatherPair, readPairState } from './pair-facts.ts';
import type { OnStep, Ports, UpperFacts } from './ports.ts';

interface Dry {
  readonly dryRun: boolean;
}

/** @throws BootError REFUSED, BUSY, UNAVAILABLE, IO, and those of configuration, state and pair */
export function cancelSnapshot(ports: Ports, request: Dry): Edited {
  return changePair(ports, request, planCancel);
}

/** @throws BootError as {@link cancelSnapshot} */
export function deleteSnapshot(ports: Ports, request: Dry): Edited {
  return changePair(ports, request, planDelete);
}

/** @throws BootError as {@link cancelSnapshot}, and USAGE */
export function setWritable(ports: Ports, request: Dry & { readonly slot: SlotName }): Edited {
  return changePair(ports, request, (facts) => planWritable(facts, request.slot));
}

/** @throws BootError as {@link cancelSnapshot}, and USAGE, BAD_DATA for a slot that is empty */
export function setBootSlot(ports: Ports, request: Dry & { readonly slot: SlotName }): Edited {
  return changePair(ports, request, (facts) => planBootSlot(facts, request.slot));
}

function changePair(ports: Ports, { dryRun }: Dry, plan: (facts: PairFacts) => PairPlan): Edited {
  const loaded = loadSoundConfig(ports);
  const work = (): Edited => {
    const gathered = gatherPair(ports, loaded);
    return performPlan(ports, gathered, plan(gathered.facts), dryRun);
  };
  return dryRun ? work() : holdLayers(ports, () => ports.lock.hold(work));
}

export interface TakeRequest extends Dry {
  readonly description: string;
}

/** @throws BootError as {@link cancelSnapshot}, and CONTENT, REFUSED without room */
export function takeSnapshot(ports: Ports, request: TakeRequest, say: OnStep): Edited {
  const loaded = loadSoundConfig(ports);
  const prepare = (): Prepared => {
    const gathered = gatherPair(ports, loaded);
    const order = planTake(gathered.facts);
    return { gathered, order, upper: requireUpper(ports, gathered.facts, order) };
  };
  const first = prepare();
  if (request.dryRun) return foresee(ports, first, request);
  // Only packing mounts anything, and starting again takes as long as all of the rest.
  if (first.upper.entries > 0) ports.layers.ownMounts();
  return holdLayers(ports, () => {
    collectGarbage(ports, loaded.config);
    const prepared = prepare();
    const { gathered, order, upper } = prepared;
    const layer = sealRunning(ports, order, upper, say);
    return ports.lock.hold(() => {
      // A proof may have been recorded meanwhile, and it may have been one against this snapshot.
      const facts = { ...gathered.facts, state: readPairState(ports, gathered.loaded.config) };
      const plan = completeTake(facts, planTake(facts), layer, details(ports, request));
      return performPlan(ports, { ...gathered, facts }, withLayer(plan, describeLayer(order.active, layer)), false);
    });
  });
}

interface Prepared {
  readonly gathered: Gathered;
  readonly order: TakeOrder;
  readonly upper: UpperFacts;
}

function details(ports: Ports, { description }: TakeRequest) {
  return { bootId: ports.machine.bootId(), at: ports.machine.now(), description };
}

/** Its digest is known when it is written. */
const SOME_LAYER: Layer = { digest: '0'.repeat(64), form: 'erofs', sizeBytes: 0 };

function foresee(ports: Ports, { gathered, order, upper }: Prepared, request: TakeRequest): Edited {
  const { facts } = gathered;
  const isEmpty = upper.entries === 0 && order.own.length === 0;
  const plan = completeTake(facts, order, isEmpty ? null : SOME_LAYER, details(ports, request));
  const size = `${upper.entries} entries, ${formatBytes(upper.sizeBytes)}`;
  const also = order.own.length === 0 ? '' : `, with ${order.own.join(', ')},`;
  const change = `pack what slot ${order.active} has changed (${size})${also} into a layer`;
  const changes = [
    ...(isEmpty ? [] : [change]),
    `lock slot ${order.active}`,
    `give slot ${order.inactive} the same, on trial, not to be booted by itself`,
  ];
  return { changed: true, dryRun: true, changes, notes: notesOf(gathered, plan), next: nextOf(gathered, plan) };
}

function describeLayer(slot: SlotName, layer: Layer | null): string {
  if (layer === null) return `slot ${slot} has changed nothing since the last snapshot, so no layer is made`;
  return `what slot ${slot} has changed is layer ${layer.digest.slice(0, 12)} (${formatBytes(layer.sizeBytes)})`;
}

function withLayer(plan: PairPlan, change: string): PairPlan {
  return { ...plan, changes: [change, ...plan.changes] };
}
