/**
 * `lifeboot install IMAGE`: brings an image into the inactive slot and puts it on trial.
 *
 * Effects in this order: 1 is there a slot that may be written, 2 could the signature count, 3 fetch, 4 is it the image that
 * was signed, 5 write and read back, 6 choose it for the next boot. Invariant: nothing is mounted or written before the
 * signature was checked. Cut at any point, the node boots what it booted before, and the same command goes on.
 */
import type { Config } from '../core/config/config.ts';
import { BootError } from '../core/errors.ts';
import { chooseTarget, refuseRecovery } from '../core/install/choose-target.ts';
import { type ImageFile, type ImageOnWeb, parseImage } from '../core/install/image-source.ts';
import { describeSigning } from '../core/install/signature.ts';
import { switchTo } from '../core/operate/switch-to.ts';
import { finishRepair } from '../core/repair/record-repair.ts';
import { refuseTarget, type WriteFacts } from '../core/repair/refuse-write.ts';
import type { SlotName } from '../core/slot.ts';
import { readWholeState } from './change-state.ts';
import { type Edited, loadSoundConfig, nextInWords } from './edit-state.ts';
import type { ImageAtHand, LoadedConfig, Ports } from './ports.ts';
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
  const work = (): Edited => installOnce(ports, loaded, { source, request, listener });
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
  const what = `'${source.kind === 'web' ? source.shown : source.path}'`;
  const hand =
    source.kind === 'file' ? ports.incoming.find(source) : fetch(ports, loaded.config, target, source, listener);
  const signed = checkSignature(ports, loaded.config, { source, what, hand });
  const unlessId = target.running === null ? null : (target.state.slots[target.running]?.deployment?.id ?? null);
  const written = rewriteSlot(ports, { slot, from: hand.image, what, unlessId, dryRun }, listener.onProgress);
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

/** The signature first: what it alone can tell need not wait for the image. */
function fetch(
  { incoming }: Ports,
  { install }: Config,
  { disk }: WriteFacts,
  source: ImageOnWeb,
  { say }: InstallListener,
): ImageAtHand {
  const signature = incoming.fetchSignature(source);
  if (signature !== null) incoming.requireSigner({ signature, signers: install.signers });
  else if (!install.unsigned) throw noSignature(`'${source.shown}'`);
  say(`fetch '${source.shown}'`);
  return { image: incoming.fetchImage(source, disk.sizeBytes), signature };
}

function noSignature(what: string): BootError {
  return new BootError('BAD_DATA', `${what} has no signature`, { hint: describeSigning('IMAGE') });
}

/** @returns whose image it is, in words. @throws BootError BAD_DATA, CONTENT, REFUSED, UNAVAILABLE */
function checkSignature(
  { incoming }: Ports,
  { install }: Config,
  { source, what, hand }: { readonly source: Order['source']; readonly what: string; readonly hand: ImageAtHand },
): string {
  if (hand.signature === null) {
    if (install.unsigned) return `${what} is not signed: [install] unsigned = true allows that`;
    throw noSignature(what);
  }
  try {
    const signer = incoming.verify(hand.image, { signature: hand.signature, signers: install.signers });
    return `${what} is signed by '${signer}'`;
  } catch (error) {
    // A damaged copy would fail for ever; in every other case it is not the image's fault, and it came a long way.
    if (source.kind === 'web' && error instanceof BootError && error.code === 'CONTENT') incoming.discard(source);
    throw error;
  }
}
