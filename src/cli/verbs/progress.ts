/**
 * The progress of a long write: one line that is drawn again on a terminal, a line now and then elsewhere.
 *
 * Prints through `io`.
 */
import type { OnProgress } from '../../app/run-write.ts';
import { describeWriteStep } from '../../core/repair/describe-write.ts';
import { formatBytes } from '../../core/repair/examine-slot.ts';
import type { WriteStep } from '../../core/repair/write-steps.ts';
import type { Io } from '../io.ts';

export interface Progress {
  readonly show: OnProgress;
  /** Leaves the drawn line, so that what follows begins on one of its own. */
  end(): void;
}

const PART = 10;

export function makeProgress(io: Io): Progress {
  let step: WriteStep | null = null;
  let drawn = false;
  let part = 0;
  const end = (): void => {
    if (drawn) io.stdout('\n');
    drawn = false;
  };
  const begin = (next: WriteStep): void => {
    end();
    step = next;
    part = 0;
    io.stdout(`${describeWriteStep(next)}\n`);
  };
  return {
    end,
    show(next, bytes, total) {
      if (step !== next) begin(next);
      if (total === 0) return;
      const percent = Math.floor((bytes / total) * 100);
      const text = `  ${String(percent).padStart(3)} %  ${formatBytes(bytes)} of ${formatBytes(total)}`;
      if (io.isTerminal) io.stdout(`\r${text.padEnd(40)}`);
      else if (percent >= part + PART) io.stdout(`${text}\n`);
      drawn = io.isTerminal;
      part = percent >= part + PART ? percent - (percent % PART) : part;
    },
  };
}
