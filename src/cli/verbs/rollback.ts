/** `lifeboot rollback`. */
import type { Ports } from '../../app/ports.ts';
import { rollback } from '../../app/switch.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { reportEdited } from './edited.ts';

export function runRollback(command: { readonly dryRun: boolean }, ports: Ports, io: Io): ExitCode {
  return reportEdited(rollback(ports, command), io);
}
