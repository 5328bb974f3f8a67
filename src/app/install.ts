/**
 * `lifeboot install IMAGE`: brings an image into the inactive slot and puts it on trial.
 *
 * Effects in this order: 1 is there a slot that may be written, 2 fetch, 3 whose signature is it, 4 write and read back,
 * 5 choose it for the next boot. Invariant: nothing is mounted or written before the signature was checked. Cut at any
 * point, the node boots what it booted before, and the same command goes on.
 */
import type { Config } from '../core/config/config.ts';
import { BootError } from '../core/errors.ts';
import { chooseTarget } from '../core/install/choose-target.ts';
import { type ImageFile, type ImageOnWeb, parseImage } from '../core/install/image-source.ts';
import { describeSigning } from '../core/install/signature.ts';
import { switchTo } from '../core/operate/switch-to.ts';
import { finishRepair } from '../core/repair/record-repair.ts';
import { refuseTarget } from '../core/repair/refuse-write.ts';
import type { SlotName } from '../core/slot.ts';
import { readWholeState } from './change-state.ts';
import { type Edited, loadSoundConfig, nextInWords } from './edit-state.ts';
import type { ImageAtHand, LoadedConfig, Ports } from './ports.ts';
import { lookAtTarget, runningSlot } from './repair-target.ts';
import { rewriteWhileHeld } from './repair-write.ts';
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

/** @throws BootError REFUSED, CONTENT, USAGE, CONFIG, ABSENT, BUSY, IO, UNAVAILABLE, and those of the state */
export function installImage(ports: Ports, request: InstallRequest, listener: InstallListener): Edited {
  const loaded = loadSoundConfig(ports);
  const source = parseImage(request.image);
  const work = (): Edited => installOnce(ports, loaded, source, request, listener);
  return request.dryRun ? work() : ports.repairLock.hold(work);
}

function installOnce(
  ports: Ports,
  loaded: LoadedConfig,
  source: ImageFile | ImageOnWeb,
  request: InstallRequest,
  listener: InstallListener,
): Edited {
  const { config } = loaded;
  const slot = free(ports, config, request.slot);
  if (source.kind === 'web' && request.dryRun) {
    const changes = [`fetch '${source.url}'`, `write it into slot ${slot}, and read it back`];
    return foreseen(ports, loaded, slot, { changes, notes: ['what it holds is looked at when it was fetched'] });
  }
  const what = source.kind === 'web' ? `'${source.url}'` : `'${source.path}'`;
  const hand = bring(ports, source, what, listener);
  const signed = checkSignature(ports, config, { source, what, hand });
  const rewrite = { slot, from: hand.image, what, dryRun: request.dryRun };
  const written = rewriteWhileHeld(ports, loaded, rewrite, listener.onProgress);
  if (request.dryRun) return foreseen(ports, loaded, slot, { ...written, notes: [signed, ...written.notes] });
  const chosen = switchSlot(ports, { slot, once: false, dryRun: false });
  if (source.kind === 'web') ports.incoming.discard(source);
  return {
    changed: written.changed || chosen.changed,
    dryRun: false,
    changes: [...written.changes, ...chosen.changes],
    notes: [signed, ...written.notes, ...chosen.notes],
    next: chosen.next,
  };
}

/** Before anything is fetched. */
function free(ports: Ports, config: Config, asked: SlotName | null): SlotName {
  const state = readWholeState(ports, config);
  const slot = asked ?? chooseTarget(config, state, runningSlot(ports, state));
  refuseTarget(lookAtTarget(ports, config, slot));
  return slot;
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

function bring(
  { incoming }: Ports,
  source: ImageFile | ImageOnWeb,
  what: string,
  { say }: InstallListener,
): ImageAtHand {
  if (source.kind === 'file') return incoming.find(source.path, source.signature);
  say(`fetch ${what}`);
  return incoming.fetch(source);
}

/** @returns whose image it is, in words. @throws BootError CONTENT, REFUSED, UNAVAILABLE */
function checkSignature(
  { incoming }: Ports,
  { install }: Config,
  {
    source,
    what,
    hand,
  }: { readonly source: ImageFile | ImageOnWeb; readonly what: string; readonly hand: ImageAtHand },
): string {
  if (hand.signature === null) {
    if (install.unsigned) return `${what} is not signed: [install] unsigned = true allows that`;
    throw new BootError('CONTENT', `${what} has no signature`, { hint: describeSigning('IMAGE') });
  }
  try {
    const signer = incoming.verify(hand.image, { signature: hand.signature, signers: install.signers });
    return `${what} is signed by '${signer}'`;
  } catch (error) {
    // What was put together from two versions would fail for ever.
    if (source.kind === 'web' && error instanceof BootError && error.code === 'CONTENT') incoming.discard(source);
    throw error;
  }
}
