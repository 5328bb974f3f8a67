/**
 * `lifeboot snapshot query` and `lifeboot snapshot list`: what is there.
 *
 * Reads only, and mounts nothing, except with `--verify`, which reads every layer of both slots and looks at their bases.
 */
import type { SnapperSnapshot } from '../core/btrfs/snapper-info.ts';
import { planNextBoot } from '../core/operate/next-boot.ts';
import { freshState } from '../core/state/state.ts';
import { deploymentId, type Manifest } from '../core/store/deployment.ts';
import { describePair, type PairReport, type UpperSize } from '../core/store/describe-pair.ts';
import { describeSnapshots, type SnapshotEntry } from '../core/store/describe-snapshots.ts';
import { keyOf, NO_PAIR, upperKey } from '../core/store/pair.ts';
import { heldBy, isSession, type PairFacts } from '../core/store/pair-facts.ts';
import { lookIntoBase } from './look-into-slot.ts';
import { normalSlots, readManifests, recordedBases, runningSystem } from './pair-facts.ts';
import type { LoadedConfig, Ports } from './ports.ts';
import { readState } from './read-state.ts';

interface Look {
  readonly facts: PairFacts;
  readonly loaded: LoadedConfig;
  readonly problems: readonly string[];
}

/** @throws BootError BAD_DATA, IO of the pair; what else cannot be read is told in `problems` */
function lookAtPair(ports: Ports): Look {
  const loaded = ports.config.load();
  const { config } = loaded;
  const reading = readState(ports, config);
  const pair = ports.layers.readPair() ?? NO_PAIR;
  const { manifests, notes } = readManifests(ports, pair);
  const known = reading.kind === 'valid' ? reading.state : null;
  const state = known ?? freshState(Object.keys(config.slots));
  const bases = recordedBases(config, known, pair, manifests);
  const [running, bootId] = [runningSystem(ports), ports.machine.bootId()];
  return {
    facts: { config, state, pair, running, bootId, bases, manifests },
    loaded,
    problems: [...(reading.kind === 'valid' ? [] : [`the boot state cannot be read: ${reading.kind}`]), ...notes],
  };
}

/** @throws BootError BAD_DATA, IO */
export function reportPair(ports: Ports, { verify }: { readonly verify: boolean }): PairReport {
  const { facts, loaded, problems } = lookAtPair(ports);
  const { config, pair, state } = facts;
  const uppers = Object.fromEntries(
    normalSlots(config).map((slot) => {
      const held = heldBy(facts, slot);
      return [slot, held === null ? null : sizeOf(ports, slot, upperKey(pair, slot, held.id))];
    }),
  );
  const reading = { kind: 'valid', state, sequence: 0n, record: 0, note: null } as const;
  const next = planNextBoot({ config, state: reading, forcedSlot: loaded.forcedSlot, notes: [] });
  const verified = verify ? verifySlots(ports, facts) : null;
  return describePair({ facts, boot: next.slot, uppers, session: sessionOf(ports, facts), verified, problems });
}

function sizeOf({ layers }: Ports, slot: string, key: string): UpperSize | null {
  const found = layers.findUpper(slot, key);
  return found === null ? null : { sizeBytes: found.sizeBytes, entries: found.entries };
}

function sessionOf(ports: Ports, facts: PairFacts): UpperSize | null {
  const { taken } = facts.pair;
  if (taken === null || !isSession(facts)) return null;
  const before = taken.before ?? facts.bases[taken.active]?.id ?? null;
  return before === null ? null : sizeOf(ports, taken.active, keyOf(before, taken.beforeUpper));
}

/** @returns what is wrong, in words */
function verifySlots(ports: Ports, facts: PairFacts): readonly string[] {
  return normalSlots(facts.config).flatMap((slot) => {
    const held = heldBy(facts, slot);
    if (held === null) return [];
    const { found, notes } = lookIntoBase(ports, facts.config, slot);
    if (!Object.hasOwn(facts.pair.slots, slot)) return notes;
    const manifest = facts.manifests[held.id];
    if (manifest === undefined) return [...notes, `slot ${slot}: its manifest is missing or damaged`];
    return [...notes, ...verifyStack(ports, slot, manifest, found?.id ?? null)];
  });
}

function verifyStack({ layers }: Ports, slot: string, manifest: Manifest, baseId: string | null): readonly string[] {
  const isOther = baseId !== null && deploymentId(baseId, manifest.layers) !== manifest.id;
  const damaged = manifest.layers.flatMap((layer) => {
    const trouble = layers.verifyLayer(layer);
    return trouble === null ? [] : [`slot ${slot}: layer ${layer.digest.slice(0, 12)}: ${trouble}`];
  });
  return [...(isOther ? [`slot ${slot}: its base is another one than its layers were made on`] : []), ...damaged];
}

export interface SnapshotList {
  /** The slots that can be paired, and what they are to each other now. */
  readonly pair: Pick<PairReport, 'state' | 'active' | 'inactive' | 'writable' | 'locked'> & {
    readonly slots: readonly string[];
  };
  readonly snapshots: readonly SnapshotEntry[];
  /** Those of Snapper, of the subvolumes that the configuration lists; `switch snapper:NUMBER` boots one of `/`. */
  readonly snapper: readonly (SnapperSnapshot & { readonly path: string })[];
  readonly problems: readonly string[];
}

/** @throws BootError BAD_DATA, IO of the pair */
export function listSnapshots(ports: Ports): SnapshotList {
  const { facts, problems } = lookAtPair(ports);
  const kept = ports.layers.readSnapshots();
  const ids = Object.fromEntries(kept.snapshots.map(({ number, deployment }) => [`s${number}`, deployment]));
  const { manifests, notes } = readManifests(ports, { ...facts.pair, slots: { ...ids, ...facts.pair.slots } });
  const bases = Object.entries(facts.bases).map(([slot, { id }]) => [slot, id] as const);
  const held = Object.fromEntries(bases.filter(([slot]) => !Object.hasOwn(facts.pair.slots, slot)));
  const others = facts.config.btrfs.subvolumes.map(({ path, snapshots }) => ({
    path,
    ...ports.layers.readSnapper(snapshots),
  }));
  const { state, active, inactive, writable, locked } = describePair({
    ...{ facts, boot: null, uppers: {}, session: null, verified: null, problems },
  });
  return {
    pair: { slots: normalSlots(facts.config), state, active, inactive, writable, locked },
    snapshots: describeSnapshots({ pair: facts.pair, snapshots: kept.snapshots, manifests, held }),
    snapper: others.flatMap(({ path, snapshots }) => snapshots.map((each) => ({ path, ...each }))),
    problems: [...new Set([...problems, ...notes, ...kept.problems, ...others.flatMap((each) => each.problems)])],
  };
}
