/**
 * `lifeboot install IMAGE`: brings an image into the inactive slot and puts it on trial.
 *
 * Effects in this order: 1 is there a slot that may be written, 2 could the signature count, 3 fetch, 4 is it the image that
 * was signed, 5 write and read back, 6 choose it for the next boot. Invariant: nothing is mounted or written before the
 * signature was checked. Cut at any point, the node boots what it booted before, and the same command goes on.
 */
import type { Config } from '../core/config/config.ts';
import { chooseTarget, refuseRecovery } from '../core/install/choose-target.ts';
import { type ImageFile, type ImageOnWeb, isSendStream, parseImage } from '../core/install/image-source.ts';
import { switchTo } from '../core/operate/switch-to.ts';
import { finishRepair } from '../core/repair/record-repair.ts';
import { refuseTarget, type WriteFacts } from '../core/repair/refuse-write.ts';
import type { SlotName } from '../core/slot.ts';
import { bringIn } from './bring-in.ts';
import { readWholeState } from './change-state.ts';
import { type Edited, loadSoundConfig, nextInWords } from './edit-state.ts';
import type { LoadedConfig, Ports } from './ports.ts';
import { receiveDeployment } from './receive-deployment.ts';
import { lookAtTarget, runningSlot } from './repair-target.ts';
import { rewriteSlot } from './repair-write.ts';
import type { OnProgress } from './run-write.ts';
import { switchSlot } from './switch.ts';

export interface InstallRequest {
  /** A path, or an `http(s)://` address. */
  readonly image: string;
  /** null: the inactive one. */
  readonly slot: SlotName | null;
  readonly dryRun: boolean;
}

export interface InstallListener {
  readonly onProgress: OnProgress;
  /** Told what comes next, before it takes its time. */
  say(text: string): void;
}

/** @throws BootError REFUSED, CONTENT, BAD_DATA, USAGE, CONFIG, ABSENT, BUSY, IO, UNAVAILABLE, and those of the state */
export function installImage(ports: Ports, request: InstallRequest, listener: InstallListener): Edited {
  const loaded = loadSoundConfig(ports);
  const source = parseImage(request.image);
  const work = (): Edited =>
    isSendStream(source)
      ? receiveDeployment(ports, loaded, { ...request, source, say: listener.say })
      : installOnce(ports, loaded, { source, request, listener });
  return request.dryRun ? work() : ports.installLock.hold(work);
}

interface Order {
  readonly source: ImageFile | ImageOnWeb;
  readonly request: InstallRequest;
  readonly listener: InstallListener;
}

function installOnce(ports: Ports, loaded: LoadedConfig, { source, request, listener }: Order): Edited {
  const target = findTarget(ports, loaded.config, request.slot);
  const { slot } = target;
  const { dryRun } = request;
  if (source.kind === 'web' && dryRun) {
    const changes = [`fetch '${source.shown}'`, `write it into slot ${slot}, and read it back`];
    return foreseen(ports, loaded, slot, { changes, notes: ['signature and content are looked at when it is there'] });
  }
  const maxBytes = target.disk.sizeBytes;
  const { image, what, signed } = bringIn(ports, loaded.config, { source, maxBytes, say: listener.say });
  const unlessId = target.running === null ? null : (target.state.slots[target.running]?.deployment?.id ?? null);
  const written = rewriteSlot(ports, { slot, from: image, what, unlessId, dryRun }, listener.onProgress);
  const notes = [signed, ...written.notes];
  if (written.isUnwanted) return finish(ports, source, { ...written, notes });
  if (dryRun) return foreseen(ports, loaded, slot, { ...written, notes });
  const chosen = switchSlot(ports, { slot, once: false, dryRun: false });
  return finish(ports, source, {
    ...chosen,
    changed: written.changed || chosen.changed,
    changes: [...written.changes, ...chosen.changes],
    notes: [...notes, ...chosen.notes],
  });
}

function finish(ports: Ports, source: Order['source'], edited: Edited): Edited {
  if (source.kind === 'web') ports.incoming.discard(source);
  return edited;
}

/** Before anything is fetched. */
function findTarget(ports: Ports, config: Config, asked: SlotName | null): WriteFacts {
  const state = readWholeState(ports, config);
  const slot = asked ?? chooseTarget(config, state, runningSlot(ports, state));
  const target = lookAtTarget(ports, config, slot);
  refuseRecovery(config, slot);
  refuseTarget(target);
  return target;
}

/** In a dry run: the slot as it would be, chosen. */
function foreseen(
  ports: Ports,
  loaded: LoadedConfig,
  slot: SlotName,
  { changes, notes }: Pick<Edited, 'changes' | 'notes'>,
): Edited {
  const written = finishRepair(readWholeState(ports, loaded.config), slot, { done: '', deployment: null, at: null });
  const { state } = switchTo(written.state, { slot, once: false, found: null });
  const all = [...changes, `make slot ${slot} the first in the order`];
  return { changed: true, dryRun: true, changes: all, notes, next: nextInWords(loaded, state) };
}
