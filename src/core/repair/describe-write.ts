/**
 * The steps of a write in words, for `--dry-run` and for progress.
 *
 * Pure.
 */
import { formatBytes } from './examine-slot.ts';
import type { WriteStep } from './write-steps.ts';

export function describeWriteStep(step: WriteStep): string {
  switch (step.do) {
    case 'recordEmpty':
      return `record slot ${step.slot} as empty, so that no boot enters it meanwhile`;
    case 'clearHead':
      return `clear the head of ${step.device}, so that nothing can mount it meanwhile`;
    case 'writeBody':
      return `write ${formatBytes(step.bytes)} of ${step.what}, all but the head`;
    case 'checkBody':
      return `read it back from ${step.device} past the page cache, and compare`;
    case 'writeHead':
      return `write the head of ${step.device}, read it back and compare`;
    case 'recordTrial':
      return `record slot ${step.slot} as a trial with no attempts used`;
    default:
      return step satisfies never;
  }
}
