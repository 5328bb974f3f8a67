/** `lifeboot mark good|bad [SLOT]`. */
import { markBad, markGood } from '../../app/mark.ts';
import type { Ports } from '../../app/ports.ts';
import type { MarkCommand } from '../command.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { reportEdited } from './edited.ts';

export function runMark(command: MarkCommand, ports: Ports, io: Io): ExitCode {
  return reportEdited(command.health === 'good' ? markGood(ports, command) : markBad(ports, command), io);
}
