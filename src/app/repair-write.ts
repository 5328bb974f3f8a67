/**
 * `lifeboot repair SLOT --from`: writes a slot anew.
 *
 * Effects: the slot's layers are given up, then the plan's steps in their order (`core/repair/write-steps.ts`). The lock of the state is held only while a record is
 * written: a write takes minutes, and a proof that cannot be recorded meanwhile would cost a good slot.
 */
import { BootError } from '../core/errors.ts';
import { describeChanges } from '../core/operate/describe-changes.ts';
import { describeWriteStep } from '../core/repair/describe-write.ts';
import { examineSlot, type SlotReport } from '../core/repair/examine-slot.ts';
import { finishRepair } from '../core/repair/record-repair.ts';
import { refuseSource, refuseTarget, type WriteFacts } from '../core/repair/refuse-write.ts';
import { bytesToWrite, type SourceFacts } from '../core/repair/source-facts.ts';
import { planWrite } from '../core/repair/write-steps.ts';
import type { SlotName } from '../core/slot.ts';
import { holdSlots } from './carry-out-pair.ts';
import { readWholeState } from './change-state.ts';
import { type Edited, loadSoundConfig, nextInWords } from './edit-state.ts';
import { giveUpLayers } from './give-up-layers.ts';
import type { LoadedConfig, Ports } from './ports.ts';
import { findSource, lookAtTarget } from './repair-target.ts';
import { type OnProgress, Rewrite } from './run-write.ts';

export interface RewriteRequest {
  readonly slot: SlotName;
  /** The path of an image, or the name of a slot. */
  readonly from: string;
  /** What messages and the state call the image; default: its path, quoted. */
  readonly what?: string;
  /** The id of a deployment that is not worth a slot: the one that runs. */
  readonly unlessId?: string | null;
  readonly dryRun: boolean;
}

export interface Rewritten extends Edited {
  /** The image holds the deployment of `unlessId`: nothing was written. */
  readonly isUnwanted: boolean;
}

/** @throws BootError REFUSED, CONTENT, USAGE, CONFIG, ABSENT, BUSY, IO, and those of the state */
export function rewriteSlot(ports: Ports, request: RewriteRequest, onProgress: OnProgress): Rewritten {
  const loaded = loadSoundConfig(ports);
  const work = (): Rewritten => rewriteOnce(ports, loaded, request, onProgress);
  return request.dryRun ? work() : ports.repairLock.hold(() => holdSlots(ports, work));
}

function rewriteOnce(ports: Ports, loaded: LoadedConfig, request: RewriteRequest, onProgress: OnProgress): Rewritten {
  const target = lookAtTarget(ports, loaded.config, request.slot);
  refuseTarget(target);
  const source = findSource(ports, target, request);
  refuseSource(source, target);
  const { deployment } = refuseUnbootable(ports, source, target);
  const unlessId = request.unlessId ?? null;
  if (unlessId !== null && deployment?.id === unlessId) {
    const notes = [`${source.what} is what runs already, so nothing is written`];
    const next = nextInWords(loaded, target.state);
    return { isUnwanted: true, changed: false, dryRun: request.dryRun, changes: [], notes, next };
  }
  const bytes = bytesToWrite(source, target.disk.sizeBytes);
  const { slot, disk, state } = target;
  const plan = planWrite({ slot, what: source.what, device: disk.path, bytes });
  const given = giveUpLayers(ports, loaded, { slot, what: source.what, dryRun: request.dryRun });
  const notes = [...disk.notes.map((note) => `slot ${slot}: ${note}`), ...given.notes];
  if (request.dryRun) {
    const next = nextInWords(loaded, finishRepair(state, slot, { done: '', deployment: null, at: null }).state);
    const changes = [...given.changes, ...plan.map(describeWriteStep)];
    return { isUnwanted: false, changed: true, dryRun: true, changes, notes, next };
  }
  const now = given.changed ? { ...target, state: readWholeState(ports, loaded.config) } : target;
  const written = new Rewrite(ports, loaded.config, { target: now, source, bytes, onProgress }).run(plan);
  const after = readWholeState(ports, loaded.config);
  return {
    isUnwanted: false,
    changed: written.changed || given.changed,
    dryRun: false,
    changes: [...given.changes, ...written.changes, ...describeChanges(state, after)],
    notes: [...notes, ...written.notes],
    next: nextInWords(loaded, after),
  };
}

/** An image that cannot boot is not worth the slot that it would replace, however broken that is. */
function refuseUnbootable(ports: Ports, source: SourceFacts, { slot, config }: WriteFacts): SlotReport {
  const facts = ports.repairs.examineSource(source, config.slots[slot]?.init ?? null);
  const report = examineSlot(slot, facts);
  if (report.soundness !== 'damaged') return report;
  const wrong = report.findings
    .filter(({ level }) => level === 'fail')
    .map(({ subject, found }) => `${subject}: ${found}`);
  throw new BootError('CONTENT', `${source.what} could not be booted from slot '${slot}': ${wrong.join('; ')}`, {
    hint: 'nothing was written; use a sound image',
  });
}
