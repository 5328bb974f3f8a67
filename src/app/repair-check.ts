/**
 * `lifeboot repair SLOT` and `repair --check`: examines slots that do not run; after a fallback, what `[repair] auto` says.
 *
 * Effects: none without `--check`; with it the finding is kept in the boot state, for `why`. Only the form without a slot,
 * which a timer runs, repairs anything by itself, and only where the configuration asks for it.
 */
import type { Config } from '../core/config/config.ts';
import { BootError, describeError } from '../core/errors.ts';
import { chooseExamined } from '../core/repair/choose-examined.ts';
import { examineSlot, type SlotReport, withOwnAdvice } from '../core/repair/examine-slot.ts';
import { beginFixing, failFixing, finishRepair, recordExamination } from '../core/repair/record-repair.ts';
import { refuseTarget } from '../core/repair/refuse-write.ts';
import { ownUpgrade, plainSource } from '../core/root/base-source.ts';
import type { SlotName } from '../core/slot.ts';
import type { BootState } from '../core/state/state.ts';
import { changeState } from './change-state.ts';
import { loadSoundConfig } from './edit-state.ts';
import type { Ports } from './ports.ts';
import { readState } from './read-state.ts';
import { lookAtTarget, requireConfigured, runningSlot } from './repair-target.ts';
import { rewriteSlot } from './repair-write.ts';

export interface CheckRequest {
  /** null: those that a fallback left behind. */
  readonly slots: readonly SlotName[] | null;
  /** Keep the finding. */
  readonly keep: boolean;
}

export interface Checked {
  readonly slots: Readonly<Record<SlotName, SlotReport>>;
  /** What was done about it, or why nothing was. */
  readonly done: readonly string[];
}

/** @throws BootError USAGE for a slot that is not configured, BUSY, and those of the state when the finding is to be kept */
export function checkSlots(ports: Ports, request: CheckRequest): Checked {
  const work = (): Checked => checkOnce(ports, request);
  return request.keep ? ports.repairLock.hold(work) : work();
}

function checkOnce(ports: Ports, { slots: asked, keep }: CheckRequest): Checked {
  const { config } = ports.config.load();
  const reading = readState(ports, config);
  const state = reading.kind === 'valid' ? reading.state : null;
  const left = state === null ? [] : chooseExamined(state, config, runningSlot(ports, state));
  const names = asked ?? left;
  const slots: Record<SlotName, SlotReport> = {};
  for (const name of names) {
    slots[name] = examine(ports, config, state, name);
    if (keep) keepFinding(ports, config, name, slots[name]);
  }
  return { slots, done: [] };
}

function examine(ports: Ports, config: Config, state: BootState | null, slot: SlotName): SlotReport {
  const source = requireConfigured(config, slot);
  const recorded = state?.slots[slot];
  const request = {
    ...plainSource(source),
    recorded: recorded?.device ?? null,
    init: config.slots[slot]?.init ?? null,
  };
  const report = examineSlot(slot, ports.repairs.examine(request), recorded?.health === 'empty');
  const own = ownUpgrade(source);
  return own === null ? report : withOwnAdvice(report, slot, own.how);
}

function keepFinding(ports: Ports, config: Config, slot: SlotName, report: SlotReport): void {
  const at = ports.machine.now();
  changeState(ports, config, (state) => recordExamination(state, slot, report, at));
}

/** @returns what was done about the damaged slots, in words; a slot that may not be touched is left alone */
export function repairBySettings(ports: Ports, slots: Readonly<Record<SlotName, SlotReport>>): readonly string[] {
  const { auto, source } = ports.config.load().config.repair;
  const damaged = Object.entries(slots).filter(([, { soundness }]) => soundness === 'damaged');
  return damaged.flatMap(([name, { remedy }]) => {
    try {
      if (auto === 'fsck' && remedy === 'fsck') return [fixSlot(ports, name)];
      const isWritable = remedy === 'fsck' || remedy === 'write';
      if (auto === 'reflash' && isWritable && source !== null) return [reflash(ports, name, source)];
      return [`slot ${name} is left as it is: [repair] auto = '${auto}'`];
    } catch (error) {
      if (!(error instanceof BootError)) throw error;
      return [`slot ${name} is not repaired: ${describeError(error)}`];
    }
  });
}

function reflash(ports: Ports, slot: SlotName, from: string): string {
  rewriteSlot(ports, { slot, from, dryRun: false }, () => undefined);
  return `slot ${slot} was written anew from ${from} and is a trial`;
}

/** 1 the slot is recorded as one not to enter, 2 its file system is repaired, 3 looked at again, 4 a trial. */
function fixSlot(ports: Ports, slot: SlotName): string {
  return ports.repairLock.hold(() => fixOnce(ports, slot));
}

function fixOnce(ports: Ports, slot: SlotName): string {
  const { config } = loadSoundConfig(ports);
  const target = lookAtTarget(ports, config, slot);
  const now = (): string | null => ports.machine.now();
  changeState(ports, config, (state) => {
    refuseTarget({ ...target, state });
    return beginFixing(state, slot, now());
  });
  try {
    ports.repairs.fixFileSystem(target.disk.path);
  } catch (error) {
    changeState(ports, config, (state) => failFixing(state, slot, describeError(error)));
    throw error;
  }
  const report = examine(ports, config, target.state, slot);
  if (report.soundness === 'damaged') {
    const wrong = report.findings.filter(({ level }) => level === 'fail').map(({ found }) => found);
    changeState(ports, config, (state) => failFixing(state, slot, `done, and still: ${wrong.join('; ')}`));
    return `the file system of slot ${slot} was repaired, and the slot is still damaged: ${wrong.join('; ')}`;
  }
  const { deployment } = report;
  changeState(ports, config, (state) =>
    finishRepair(state, slot, { done: 'its file system was repaired in place by e2fsck', deployment, at: now() }),
  );
  return `the file system of slot ${slot} was repaired in place, and the slot is a trial`;
}
