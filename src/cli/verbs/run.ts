/** `lifeboot run`: a command in the other slot, with what it says, and what came of it. */
import type { Ports } from '../../app/ports.ts';
import { runInSlot } from '../../app/run.ts';
import type { RunCommand } from '../command.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { reportEdited } from './edited.ts';

export function runRun(command: RunCommand, ports: Ports, io: Io): ExitCode {
  const request = { ...command, isTerminal: io.isTerminal };
  return reportEdited(
    runInSlot(ports, request, (text) => io.stdout(`${text}\n`)),
    io,
  );
}
