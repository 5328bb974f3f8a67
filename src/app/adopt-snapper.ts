/**
 * `lifeboot switch snapper:NUMBER`: a snapshot that Snapper made becomes one of ours, so that it can be booted.
 *
 * Effects in this order: 1 the lock of the layers, 2 a read-only snapshot of it in the store, 3 manifest, 4 snapshot file.
 * Snapper's own is left as it is, and may be deleted by Snapper at any time. A cut before 4 leaves garbage.
 */

import type { SnapperSnapshot } from '../core/btrfs/snapper-info.ts';
import type { Config } from '../core/config/config.ts';
import { BootError } from '../core/errors.ts';
import type { SlotName } from '../core/slot.ts';
import type { Deployment } from '../core/state/state.ts';
import { makeManifest } from '../core/store/deployment.ts';
import { snapshotSlot } from '../core/store/snapshot-name.ts';
import { holdLayers } from './carry-out-pair.ts';
import { loadSoundConfig } from './edit-state.ts';
import { lookIntoBase } from './look-into-slot.ts';
import { normalSlots, runningSystem } from './pair-facts.ts';
import type { Ports } from './ports.ts';

/** What ours says of where it is from. */
const MARK = 'snapper';

/**
 * @returns the name that it has among slots; the same again, when it was adopted before
 * @throws BootError USAGE, REFUSED, UNAVAILABLE, BUSY, IO
 */
export function adoptSnapper(ports: Ports, number: number): SlotName {
  const { config } = loadSoundConfig(ports);
  const { place, found } = findSnapper(ports, config, number);
  return holdLayers(ports, () => {
    const kept = ports.layers.readSnapshots().snapshots;
    const mark = `${number} of ${found.createdAt ?? 'unknown time'}`;
    const again = kept.find(({ userData }) => userData[MARK] === mark);
    if (again !== undefined) return snapshotSlot(again.number);
    const { slot, base } = baseFor(ports, config);
    const layer = ports.layers.adopt(`${place}/${number}/snapshot`);
    const description = found.description || `Snapper's snapshot ${number}`;
    const made = { sameAs: null, parent: null, createdAt: found.createdAt, description, packages: null };
    const manifest = makeManifest({ base: { id: base.id, version: base.version }, layers: [layer], ...made });
    ports.layers.saveManifest(manifest);
    const next = 1 + Math.max(0, ...kept.map((each) => each.number));
    ports.layers.saveSnapshot({
      ...{ number: next, type: 'single', preNumber: null, deployment: manifest.id, slot, proof: null },
      ...{ createdAt: found.createdAt, description, userData: { ...found.userData, [MARK]: mark } },
      ...{ cleanup: 'number', pinned: false },
    });
    return snapshotSlot(next);
  });
}

interface Found {
  readonly place: string;
  readonly found: SnapperSnapshot;
}

/** @throws BootError USAGE */
export function findSnapper({ layers }: Ports, { btrfs }: Config, number: number): Found {
  const root = btrfs.subvolumes.find(({ path }) => path === '/');
  if (root === undefined) {
    throw new BootError('USAGE', 'nothing says where the snapshots are that Snapper makes of the root', {
      hint: '[btrfs] subvolumes = [{ path = "/", snapshots = "@/.snapshots" }] in the configuration',
    });
  }
  const { snapshots, problems } = layers.readSnapper(root.snapshots);
  const found = snapshots.find((each) => each.number === number);
  if (found !== undefined) return { place: root.snapshots, found };
  const why = problems.find((text) => text.includes(` ${number} `)) ?? problems[0];
  throw new BootError('USAGE', `Snapper has no snapshot ${number} of the root${why === undefined ? '' : `: ${why}`}`, {
    hint: "'lifeboot snapshot list' shows those that there are",
  });
}

/** The slot whose base it counts as standing on: it hides all of it. */
function baseFor(ports: Ports, config: Config): { readonly slot: SlotName; readonly base: Deployment } {
  const running = runningSystem(ports)?.slot ?? null;
  const slots = normalSlots(config);
  const sorted = running !== null && slots.includes(running) ? [running, ...slots] : slots;
  for (const slot of sorted) {
    const { found } = lookIntoBase(ports, config, slot);
    if (found !== null) return { slot, base: found };
  }
  throw new BootError('UNAVAILABLE', 'no slot can be looked into, and a snapshot is booted in the place of one', {
    hint: "'lifeboot doctor' examines the devices",
  });
}
