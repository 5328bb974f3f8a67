/**
 * The words after `run`: a command, which has flags of its own, or none for a shell.
 *
 * Pure.
 */
import { BootError } from '../core/errors.ts';
import type { RunCommand } from './command.ts';
import { usageHint } from './demand-words.ts';
import type { Words } from './words.ts';

/** @throws BootError USAGE */
export function parseRun(rest: readonly string[], given: Words): RunCommand {
  const isShell = given.has('shell');
  if (isShell && rest.length > 0) throw new BootError('USAGE', "'--shell' and a command exclude each other");
  if (!isShell && rest.length === 0) {
    throw new BootError('USAGE', "'run' needs a command, or '--shell'", { hint: usageHint('run') });
  }
  return {
    verb: 'run',
    command: isShell ? null : rest,
    isContinued: given.has('continue'),
    dropIfUnchanged: given.has('drop-if-unchanged'),
    reboot: given.has('reboot'),
    isFull: given.has('full'),
    description: given.value('description'),
    dryRun: given.has('dry-run'),
  };
}
