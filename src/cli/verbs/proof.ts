/** `lifeboot proof BOOTID` and `lifeboot proof --echo`. */
import { proveRemotely } from '../../app/confirm.ts';
import type { Ports } from '../../app/ports.ts';
import { echoProof } from '../../app/tunnel.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { reportSentence } from './confirm.ts';

export function runProof(command: { readonly nonce: string | null }, ports: Ports, io: Io): ExitCode {
  if (command.nonce !== null) return reportSentence(proveRemotely(ports, command.nonce), io);
  io.stdout(`${echoProof(ports)}\n`);
  return EXIT.ok;
}
