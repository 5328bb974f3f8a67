/** `lifeboot keep`: what runs, or what a slot holds, becomes a kept snapshot. */
import { keepSnapshot } from '../../app/keep.ts';
import type { Ports } from '../../app/ports.ts';
import type { KeepCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { reportEdited } from './edited.ts';

export function runKeep(command: KeepCommand, ports: Ports, io: Io): ExitCode {
  const say = command.printNumber ? () => undefined : (text: string) => io.stdout(`${text}\n`);
  const kept = keepSnapshot(ports, command, say);
  if (!command.printNumber) return reportEdited(kept, io);
  if (kept.number !== null) io.stdout(`${kept.number}\n`);
  return kept.changed ? EXIT.ok : EXIT.nothingToChange;
}
