/** `lifeboot proof BOOTID` and `lifeboot proof --echo`. */
import { proveRemotely } from '../../app/confirm.ts';
import type { Ports } from '../../app/ports.ts';
import { echoProof } from '../../app/tunnel.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { reportSentence } from './confirm.ts';

interface ProofCommand {
  /** Null: `--echo`. */
  readonly nonce: string | null;
  readonly dryRun: boolean;
}

export function runProof(command: ProofCommand, ports: Ports, io: Io): ExitCode {
  if (command.nonce !== null && command.dryRun) {
    const isThis = command.nonce === ports.machine.bootId();
    io.stdout(isThis ? 'would prove this boot at level remote\n' : `this is boot ${ports.machine.bootId()}\n`);
    return isThis ? EXIT.ok : EXIT.failed;
  }
  if (command.nonce !== null) return reportSentence(proveRemotely(ports, command.nonce), io);
  io.stdout(`${echoProof(ports)}\n`);
  return EXIT.ok;
}
