/**
 * Whose signature an image has, by `ssh-keygen -Y`.
 *
 * Reads only. Invariant: what is checked here cannot be changed by others before it is written: image, signature and
 * signers, and every directory above them, belong to root alone.
 */
import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { BootError } from '../../core/errors.ts';
import {
  describeSigning,
  parsePrincipals,
  principalsCommand,
  type SignedImage,
  verifyCommand,
} from '../../core/install/signature.ts';
import { type Finished, tryProgram } from '../exec.ts';
import { whyFailed } from '../root/tools.ts';

/** A slow card reads a few MB a second. */
const LONGEST_MS = 2 * 60 * 60_000;

/** @throws BootError REFUSED, CONTENT, UNAVAILABLE */
export function verifySignature(image: string, signed: SignedImage): string {
  const { signers, signature } = signed;
  if (statSync(signers, { throwIfNoEntry: false }) === undefined) {
    throw new BootError('UNAVAILABLE', `there is no '${signers}', so nobody's signature counts`, {
      hint: "write it as ssh-keygen(1) says under ALLOWED SIGNERS: 'NAME KEYTYPE KEY', one a line",
    });
  }
  for (const file of [signers, signature, image]) requireOwn(file);
  const principals = run(principalsCommand(signed));
  for (const principal of principals.status === 0 ? parsePrincipals(principals.stdout) : []) {
    const verified = run(verifyCommand(signed, principal), image);
    if (verified.status === 0) return principal;
    throw unsigned(`the signature of '${principal}' does not hold for '${image}': ${whyFailed(verified)}`);
  }
  throw unsigned(`no signer of '${signers}' has signed '${image}': ${whyFailed(principals)}`);
}

function unsigned(message: string): BootError {
  return new BootError('CONTENT', message, { hint: `fetch it again, or ${describeSigning('IMAGE')}` });
}

function run(argv: readonly string[], inputFile?: string): Finished {
  const finished = tryProgram(argv, { timeoutMs: LONGEST_MS, ...(inputFile === undefined ? {} : { inputFile }) });
  if (finished.trouble !== 'program not found') return finished;
  throw new BootError('UNAVAILABLE', "cannot find 'ssh-keygen'", { hint: 'install the package openssh-client' });
}

/** A directory that others may write into is safe only where they cannot rename what is in it. */
function requireOwn(file: string): void {
  for (let path = realpathSync(file); ; path = dirname(path)) {
    const { uid, mode } = statSync(path);
    const isSticky = path !== file && (mode & 0o1000) !== 0;
    if (uid !== 0 || ((mode & 0o022) !== 0 && !isSticky)) {
      throw new BootError('REFUSED', `'${path}' can be changed by others, so a check of '${file}' would mean nothing`, {
        hint: `chown root '${path}' and chmod go-w '${path}', or put the file where only root may write`,
      });
    }
    if (path === '/') return;
  }
}
