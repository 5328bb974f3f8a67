/**
 * `lifeboot install FILE.btrfs`: takes in what `btrfs send` wrote and puts a slot on trial with it.
 *
 * Effects in this order: 1 the lock of the layers, 2 is there a slot for it, 3 fetch, 4 is it what was signed, 5 receive, 6 the
 * plan's writes, under the lock of the boot state. Until 6 nothing refers to any of it: a cut leaves garbage.
 */
import type { ImageFile, ImageOnWeb } from '../core/install/image-source.ts';
import { formatBytes } from '../core/repair/examine-slot.ts';
import type { SlotName } from '../core/slot.ts';
import { completeReceive, planReceive } from '../core/store/plan-receive.ts';
import { type BroughtIn, bringIn, nameOf } from './bring-in.ts';
import { holdLayers, performPlan } from './carry-out-pair.ts';
import { collectGarbage } from './collect-garbage.ts';
import { type Edited, nextInWords } from './edit-state.ts';
import { type Gathered, gatherPair, readPairState } from './pair-facts.ts';
import type { LoadedConfig, Ports } from './ports.ts';

export interface ReceiveRequest {
  readonly source: ImageFile | ImageOnWeb;
  /** null: the one that is worth least. */
  readonly slot: SlotName | null;
  readonly dryRun: boolean;
  readonly say: (text: string) => void;
}

/** @throws BootError REFUSED, CONTENT, BAD_DATA, USAGE, BUSY, IO, UNAVAILABLE, and those of the state */
export function receiveDeployment(ports: Ports, loaded: LoadedConfig, request: ReceiveRequest): Edited {
  const gather = (): Gathered => gatherPair(ports, loaded);
  if (request.dryRun) return foresee(request, gather());
  return holdLayers(ports, () => {
    collectGarbage(ports, loaded.config);
    const gathered = gather();
    planReceive(gathered.facts, request.slot);
    const maxBytes = ports.layers.freeBytes();
    const brought = bringIn(ports, loaded.config, { source: request.source, maxBytes, say: request.say });
    request.say(`take in ${brought.what}`);
    const done = record(ports, gathered, request, brought);
    if (request.source.kind === 'web') ports.incoming.discard(request.source);
    collectGarbage(ports, loaded.config);
    return done;
  });
}

function record(ports: Ports, gathered: Gathered, request: ReceiveRequest, { image, what, signed }: BroughtIn): Edited {
  const layer = ports.layers.receive(image);
  return ports.lock.hold(() => {
    // A proof may have been recorded meanwhile: then another slot is the way back.
    const facts = { ...gathered.facts, state: readPairState(ports, gathered.loaded.config) };
    const order = planReceive(facts, request.slot);
    const plan = completeReceive(facts, order, { layer, at: ports.machine.now(), description: what });
    const size = `received ${formatBytes(layer.sizeBytes)} as ${layer.digest.slice(0, 12)}`;
    const told = { ...plan, changes: [size, ...plan.changes], notes: [signed, ...plan.notes] };
    return performPlan(ports, { ...gathered, facts }, told, false);
  });
}

function foresee({ source, slot: asked }: ReceiveRequest, { facts, loaded, notes }: Gathered): Edited {
  const { slot } = planReceive(facts, asked);
  const changes = [
    `take in ${nameOf(source)}`,
    `give it to slot ${slot}, on trial, and make that the first in the order`,
  ];
  const all = [...notes, 'signature and content are looked at when it is taken in'];
  return { changed: true, dryRun: true, changes, notes: all, next: nextInWords(loaded, facts.state) };
}
