/** `lifeboot reset-attempts [SLOT]`. */
import { resetSlotAttempts } from '../../app/mark.ts';
import type { Ports } from '../../app/ports.ts';
import type { SlotName } from '../../core/slot.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { reportEdited } from './edited.ts';

interface ResetCommand {
  readonly slot: SlotName | null;
  readonly dryRun: boolean;
}

export function runResetAttempts(command: ResetCommand, ports: Ports, io: Io): ExitCode {
  return reportEdited(resetSlotAttempts(ports, command), io);
}
