/**
 * Gathers what the snapshot verbs decide by.
 *
 * Reads only; looking at a base mounts it read-only for a moment.
 */
import { initialOrder } from '../core/boot/plan-boot.ts';
import type { Config } from '../core/config/config.ts';
import { BootError, describeError } from '../core/errors.ts';
import type { SlotName } from '../core/slot.ts';
import { type BootState, type Deployment, withConfiguredSlots } from '../core/state/state.ts';
import type { Manifest } from '../core/store/deployment.ts';
import { NO_PAIR, type Pair } from '../core/store/pair.ts';
import type { PairFacts, RunningSystem } from '../core/store/pair-facts.ts';
import { readUsableState } from './edit-state.ts';
import { lookIntoBase } from './look-into-slot.ts';
import type { LoadedConfig, Ports } from './ports.ts';
import { withStateSettings } from './state-settings.ts';

export interface Gathered {
  readonly facts: PairFacts;
  /** With what the boot state sets. */
  readonly loaded: LoadedConfig;
  readonly notes: readonly string[];
}

/** @throws BootError UNAVAILABLE, BAD_DATA, STATE_IO of the boot state; BAD_DATA, IO of the pair */
export function gatherPair(ports: Ports, configured: LoadedConfig): Gathered {
  const reading = ports.openState(configured.config).read();
  const loaded = withStateSettings(ports, configured, reading);
  const { config } = loaded;
  refuseOstree(config);
  const pair = ports.layers.readPair() ?? NO_PAIR;
  const looks = normalSlots(config).map((slot) => ({ slot, ...lookIntoBase(ports, config, slot) }));
  const read = readManifests(ports, pair);
  const facts: PairFacts = {
    config,
    state: readPairState(ports, config),
    pair,
    running: runningSystem(ports),
    bootId: ports.machine.bootId(),
    bases: Object.fromEntries(looks.flatMap(({ slot, found }) => (found === null ? [] : [[slot, found]]))),
    manifests: read.manifests,
  };
  return { facts, loaded, notes: [...looks.flatMap(({ notes }) => notes), ...read.notes] };
}

/** A snapshot is of the pair, and a deployment takes neither layers nor an upper. @throws BootError REFUSED */
function refuseOstree(config: Config): void {
  const slot = normalSlots(config).find((name) => config.slots[name]?.ostree != null);
  if (slot === undefined) return;
  throw new BootError('REFUSED', `slot '${slot}' is a deployment of an OSTree repository, which takes no layers`, {
    hint: "change such a node with 'ostree admin upgrade' and 'ostree admin deploy'",
  });
}

export function normalSlots({ slots }: Config): readonly SlotName[] {
  return Object.keys(slots).filter((name) => slots[name]?.role === 'normal');
}

/** @throws BootError UNAVAILABLE, BAD_DATA, STATE_IO */
export function readPairState(ports: Ports, config: Config): BootState {
  return withConfiguredSlots(readUsableState(ports.openState(config)), initialOrder({ config }));
}

export function runningSystem({ run }: Pick<Ports, 'run'>): RunningSystem | null {
  const info = run.readBootInfo();
  return info === null || info.slot === null
    ? null
    : { slot: info.slot, mode: info.mode, deploymentId: info.deploymentId };
}

/** Those that the pair names; one that is damaged must not keep a snapshot from being cancelled. */
export function readManifests(ports: Pick<Ports, 'layers'>, { slots, taken }: Pair) {
  const ids = [...new Set([...Object.values(slots), ...(taken?.before == null ? [] : [taken.before])])];
  const manifests: Record<string, Manifest> = {};
  const notes: string[] = [];
  for (const id of ids) {
    try {
      const manifest = ports.layers.readManifest(id);
      if (manifest !== null) manifests[id] = manifest;
    } catch (error) {
      if (!(error instanceof BootError) || error.code !== 'BAD_DATA') throw error;
      notes.push(describeError(error));
    }
  }
  return { manifests: manifests as Readonly<Record<string, Manifest>>, notes };
}

/** The bases as the records have them, without a look: for commands that only report. */
export function recordedBases(
  config: Config,
  state: BootState | null,
  { slots }: Pair,
  manifests: Readonly<Record<string, Manifest>>,
): Readonly<Record<SlotName, Deployment>> {
  const known = normalSlots(config).flatMap((slot): readonly (readonly [SlotName, Deployment])[] => {
    const id = Object.hasOwn(slots, slot) ? slots[slot] : undefined;
    const base = id === undefined ? state?.slots[slot]?.deployment : manifests[id]?.base;
    return base == null ? [] : [[slot, { id: base.id, version: base.version }]];
  });
  return Object.fromEntries(known);
}
