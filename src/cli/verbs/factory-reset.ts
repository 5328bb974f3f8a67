/** `lifeboot factory-reset --level LEVEL`, `lifeboot factory-reset --undo`. */
import { factoryReset } from '../../app/factory-reset.ts';
import type { Ports } from '../../app/ports.ts';
import type { FactoryResetCommand } from '../command.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { reportEdited } from './edited.ts';

export function runFactoryReset(command: FactoryResetCommand, ports: Ports, io: Io): ExitCode {
  return reportEdited(factoryReset(ports, command), io);
}
