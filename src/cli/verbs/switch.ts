/** `lifeboot switch SLOT [--once]`. */
import type { Ports } from '../../app/ports.ts';
import { type SwitchRequest, switchSlot } from '../../app/switch.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { reportEdited } from './edited.ts';

export function runSwitch(command: SwitchRequest, ports: Ports, io: Io): ExitCode {
  return reportEdited(switchSlot(ports, command), io);
}
