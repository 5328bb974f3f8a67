/** `lifeboot state …`. */
import type { Ports } from '../../app/ports.ts';
import type { PlacedState } from '../../app/read-state.ts';
import { initState, setStateValue, showState, upgradeState } from '../../app/state-verbs.ts';
import { BootError } from '../../core/errors.ts';
import type { StateReading } from '../../core/state/reading.ts';
import type { StateCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { formatJson } from '../render.ts';
import { reportEdited } from './edited.ts';

export function runState(command: StateCommand, ports: Ports, io: Io): ExitCode {
  switch (command.action) {
    case 'init':
      return reportEdited(initState(ports, command), io);
    case 'show':
      return runShow(showState(ports), command.json, io);
    case 'set':
      return reportEdited(setStateValue(ports, command), io);
    case 'upgrade':
      return reportEdited(upgradeState(ports, command), io);
    case 'export':
    case 'import':
      throw new BootError('UNAVAILABLE', `'state ${command.action}' is not in this release`, {
        hint: "'lifeboot state show --json' prints the state, 'lifeboot bootctl' speaks AOSP's words",
      });
    default:
      return command satisfies never;
  }
}

const EXIT_OF: Readonly<Record<StateReading['kind'], ExitCode>> = {
  valid: EXIT.ok,
  blank: EXIT.unavailable,
  absent: EXIT.unavailable,
  corrupt: EXIT.badData,
  tooNew: EXIT.badData,
  unreadable: EXIT.io,
};

function runShow({ place, reading }: PlacedState, json: boolean, io: Io): ExitCode {
  const isValid = reading.kind === 'valid';
  if (json) {
    io.stdout(
      formatJson({
        place,
        kind: reading.kind,
        why: isValid ? reading.note : reading.why,
        record: isValid ? reading.record : null,
        sequence: isValid ? Number(reading.sequence) : null,
        state: isValid ? reading.state : null,
      }),
    );
  } else if (isValid) {
    const note = reading.note === null ? '' : `note: ${reading.note}\n`;
    io.stdout(`${place}, record ${reading.record}, sequence ${reading.sequence}\n${note}${formatJson(reading.state)}`);
  } else {
    io.stdout(`${place}: ${reading.kind}: ${reading.why}\n`);
  }
  return EXIT_OF[reading.kind];
}
