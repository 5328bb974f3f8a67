/**
 * Runs the steps that write a slot anew (`core/repair/write-steps.ts`), and records how that went.
 *
 * Invariant: from the first step that changes the slot to the last, the state says that it is empty, also when a step
 * fails or this process ends: then with the reason.
 */
import type { Config } from '../core/config/config.ts';
import { describeError } from '../core/errors.ts';
import type { Edit } from '../core/operate/edit.ts';
import { formatBytes } from '../core/repair/examine-slot.ts';
import { beginWriting, failWriting, finishRepair } from '../core/repair/record-repair.ts';
import { refuseTarget, type WriteFacts } from '../core/repair/refuse-write.ts';
import type { SourceFacts } from '../core/repair/source-facts.ts';
import type { WriteStep } from '../core/repair/write-steps.ts';
import type { BootState } from '../core/state/state.ts';
import { changeState } from './change-state.ts';
import type { Ports, SlotWriter } from './ports.ts';

/** Told about each step, and within one how many of how many bytes are done. */
export type OnProgress = (step: WriteStep, bytes: number, total: number) => void;

export interface WriteSubject {
  readonly target: WriteFacts;
  readonly source: SourceFacts;
  readonly bytes: number;
  readonly onProgress: OnProgress;
}

export interface Written {
  readonly changed: boolean;
  readonly changes: readonly string[];
  readonly notes: readonly string[];
}

/** One write: what is in hand between its steps. */
export class Rewrite {
  private readonly ports: Ports;
  private readonly config: Config;
  private readonly subject: WriteSubject;
  private notes: readonly string[] = [];

  constructor(ports: Ports, config: Config, subject: WriteSubject) {
    this.ports = ports;
    this.config = config;
    this.subject = subject;
  }

  run(plan: readonly WriteStep[]): Written {
    const { target, source, bytes } = this.subject;
    const writer = this.ports.repairs.openWriter({ from: source.path, to: target.disk.path, bytes });
    let isThere: boolean;
    try {
      isThere = writer.holdsSource();
      if (!isThere) this.follow(plan, writer);
    } finally {
      // Before the last step: while the device is held, nobody can mount it.
      writer.close();
    }
    if (isThere) return this.alreadyThere(plan);
    this.recordTrial(plan);
    const size = formatBytes(bytes);
    return {
      changed: true,
      changes: [`wrote ${size} to ${target.disk.path}, read back and compared`],
      notes: this.notes,
    };
  }

  /** Every byte is there already; only an interrupted write has left its last step to do. */
  private alreadyThere(plan: readonly WriteStep[]): Written {
    const { target, source } = this.subject;
    const isUnfinished = target.state.slots[target.slot]?.health === 'empty';
    if (isUnfinished) this.recordTrial(plan);
    const note = `${target.disk.path} holds exactly ${source.what} already, so nothing is written`;
    return { changed: isUnfinished, changes: [], notes: [note, ...this.notes] };
  }

  /** Everything but the last step. From the second on a failure leaves the slot empty, with its reason. */
  private follow(plan: readonly WriteStep[], writer: SlotWriter): void {
    let hasBegun = false;
    for (const step of plan) {
      if (step.do === 'recordTrial') continue;
      this.subject.onProgress(step, 0, 0);
      try {
        this.runStep(step, writer);
        hasBegun = true;
      } catch (error) {
        if (hasBegun) this.recordFailure(error);
        throw error;
      }
    }
  }

  private runStep(step: Exclude<WriteStep, { do: 'recordTrial' }>, writer: SlotWriter): void {
    const { source, bytes, onProgress } = this.subject;
    const progress = (done: number): void => onProgress(step, done, bytes);
    switch (step.do) {
      case 'recordEmpty':
        this.notes = this.change((state) => {
          // Another command may have changed what the way back is since the plan was made.
          refuseTarget({ ...this.subject.target, state });
          return beginWriting(state, step.slot, source.what, this.ports.machine.now());
        }).notes;
        return;
      case 'clearHead':
        writer.clearHead();
        return;
      case 'writeBody':
        writer.writeBody(progress);
        return;
      case 'checkBody':
        writer.checkBody(progress);
        return;
      case 'writeHead':
        writer.writeHead();
        return;
      default:
        step satisfies never;
    }
  }

  private recordTrial(plan: readonly WriteStep[]): void {
    const { target, source, onProgress } = this.subject;
    const last = plan.at(-1);
    if (last !== undefined) onProgress(last, 0, 0);
    const { slot, disk } = target;
    const before = target.state.slots[slot];
    try {
      const { deployment } = this.ports.inspectBase({ root: disk.path }, null);
      const at = this.ports.machine.now();
      this.change((state) => finishRepair(state, slot, { done: `written anew from ${source.what}`, deployment, at }));
      if (before?.deployment?.id !== deployment.id) return;
      const kept = `slot ${slot} holds the same system as before, so its kept writable layer fits and is used again`;
      this.notes = [...this.notes, kept];
    } catch (error) {
      this.recordFailure(error);
      throw error;
    }
  }

  private recordFailure(error: unknown): void {
    try {
      this.change((state) => failWriting(state, this.subject.target.slot, describeError(error)));
    } catch (second) {
      // It is recorded as empty already, which is what counts.
      this.ports.log.warn(`cannot record why the write failed: ${describeError(second)}, ignoring`);
    }
  }

  private change(change: (state: BootState) => Edit): Edit {
    return changeState(this.ports, this.config, change);
  }
}
