/**
 * `lifeboot switch` and `lifeboot rollback`: an operator chooses what boots next.
 *
 * Effects: looks into the slot, then edits the boot state.
 */
import { recordSnapshot, withSnapshots } from '../core/boot/snapshot-slots.ts';
import { snapperNumber } from '../core/btrfs/snapper-name.ts';
import type { Config } from '../core/config/config.ts';
import { BootError } from '../core/errors.ts';
import { chooseRollback } from '../core/operate/choose-rollback.ts';
import { switchTo } from '../core/operate/switch-to.ts';
import type { SlotName } from '../core/slot.ts';
import type { BootState } from '../core/state/state.ts';
import { recordOf } from '../core/store/deployment.ts';
import { snapshotNumber } from '../core/store/snapshot-name.ts';
import { adoptSnapper, findSnapper } from './adopt-snapper.ts';
import { type Edited, editState, loadSoundConfig, nextInWords } from './edit-state.ts';
import { lookIntoBase, lookIntoSlot } from './look-into-slot.ts';
import { readPairState } from './pair-facts.ts';
import type { Ports } from './ports.ts';

export interface SwitchRequest {
  /** Or `snapper:12`. */
  readonly slot: SlotName;
  readonly once: boolean;
  readonly dryRun: boolean;
}

/** @throws BootError USAGE, BAD_DATA, and those of {@link editState} */
export function switchSlot(ports: Ports, request: SwitchRequest): Edited {
  const number = snapperNumber(request.slot);
  return number === null ? switchToSlot(ports, request) : switchToSnapper(ports, number, request);
}

function switchToSnapper(ports: Ports, number: number, request: SwitchRequest): Edited {
  if (!request.dryRun) {
    const slot = adoptSnapper(ports, number);
    const edited = switchToSlot(ports, { ...request, slot });
    return {
      ...edited,
      notes: [`Snapper's snapshot ${number} is kept as ${slot}, with an upper of its own`, ...edited.notes],
    };
  }
  const loaded = loadSoundConfig(ports);
  const { found } = findSnapper(ports, loaded.config, number);
  const when = request.once ? 'for the next boot' : 'as the first in the order';
  const changes = [`keep Snapper's snapshot ${number} (${found.description || 'no description'})`, `choose it ${when}`];
  const state = readPairState(ports, loaded.config);
  return { changed: true, dryRun: true, changes, notes: [], next: nextInWords(loaded, state) };
}

function switchToSlot(ports: Ports, request: SwitchRequest): Edited {
  return editState(ports, request, (recorded, config) => {
    const state = withNamedSnapshot(ports, recorded, config, request.slot);
    const { found, notes } = lookIntoSlot(ports, withSnapshots(config, state), request.slot);
    const edit = switchTo(state, { ...request, found });
    return { ...edit, notes: [...notes, ...edit.notes] };
  });
}

/**
 * The store knows more snapshots than the boot state: the one that is asked for is recorded, with its proof.
 * @throws BootError BAD_DATA where what it is made of is not there
 */
function withNamedSnapshot(ports: Ports, state: BootState, config: Config, slot: SlotName): BootState {
  const number = snapshotNumber(slot);
  if (number === null || state.slots[slot] !== undefined) return state;
  const snapshot = ports.layers.readSnapshots().snapshots.find((each) => each.number === number);
  if (snapshot === undefined) return state;
  const manifest = ports.layers.readManifest(snapshot.deployment);
  const deployment = manifest === null ? lookIntoBase(ports, config, snapshot.slot).found : recordOf(manifest);
  if (deployment?.id === snapshot.deployment) {
    const { proof } = snapshot;
    return recordSnapshot(state, { number, slot: snapshot.slot, deployment, proof });
  }
  throw new BootError('BAD_DATA', `the manifest of snapshot ${number} is missing from the store`, {
    hint: "'lifeboot store verify' shows what else is damaged",
  });
}

/** @throws BootError UNAVAILABLE when nothing else was ever proven, and those of {@link editState} */
export function rollback(ports: Ports, request: { readonly dryRun: boolean }): Edited {
  const booted = ports.run.readBootInfo()?.slot ?? null;
  return editState(ports, request, (state, config) => {
    const slot = chooseRollback(state, booted);
    const { found, notes } = lookIntoSlot(ports, config, slot);
    const edit = switchTo(state, { slot, once: false, found });
    return { ...edit, notes: [`going back to slot ${slot}`, ...notes, ...edit.notes] };
  });
}
