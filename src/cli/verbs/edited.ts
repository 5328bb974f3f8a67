/**
 * How every command that writes the boot state reports: what changed, what to know, what boots next.
 *
 * Prints through `io`.
 */
import type { Edited } from '../../app/edit-state.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { wrap } from '../render.ts';

/** @returns 0, or 2 when there was nothing to change */
export function reportEdited(edited: Edited, io: Io): ExitCode {
  const { changed, dryRun } = edited;
  const head = changed ? (dryRun ? 'would change (dry run, nothing is written):' : 'changed:') : 'nothing to change';
  const lines = [
    head,
    ...edited.changes.flatMap((change) => wrap('  ', change)),
    ...edited.notes.flatMap((note) => wrap('note: ', note)),
    ...wrap('next: ', edited.next),
  ];
  io.stdout(`${lines.join('\n')}\n`);
  return changed ? EXIT.ok : EXIT.nothingToChange;
}
