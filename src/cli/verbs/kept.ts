/** `lifeboot pin`, `unpin` and `cleanup`. */
import { cleanUp, pinSnapshots } from '../../app/change-kept.ts';
import type { Ports } from '../../app/ports.ts';
import type { KeptCommand } from '../command.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { reportEdited } from './edited.ts';

type Pin = Extract<KeptCommand, { verb: 'pin' | 'unpin' }>;

export function runPin(command: Pin, ports: Ports, io: Io): ExitCode {
  return reportEdited(pinSnapshots(ports, command, command.verb === 'pin'), io);
}

export function runCleanup(command: { readonly dryRun: boolean }, ports: Ports, io: Io): ExitCode {
  return reportEdited(cleanUp(ports, command), io);
}
