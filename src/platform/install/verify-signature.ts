/**
 * Whose signature an image has, by `ssh-keygen -Y`.
 *
 * Reads only. Invariant: what is checked here cannot be changed by others before it is written: image, signature and
 * signers, where links lead, and every directory above them, belong to root alone.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { BootError } from '../../core/errors.ts';
import {
  checkCommand,
  describeSigning,
  isOtherImage,
  principalsCommand,
  principalsOf,
  type SignedImage,
  verifyCommand,
} from '../../core/install/signature.ts';
import { type Finished, tryProgram } from '../exec.ts';
import { whyFailed } from '../root/tools.ts';

/** A slow card reads a few MB a second. */
const LONGEST_MS = 2 * 60 * 60_000;

/** @throws BootError UNAVAILABLE, REFUSED, BAD_DATA */
export function requireSigner(signed: SignedImage): void {
  candidates(resolved(signed));
}

/** @throws BootError UNAVAILABLE, REFUSED, BAD_DATA, CONTENT, IO */
export function verifySignature(image: string, signed: SignedImage): string {
  const place = realpathSync(image);
  requireOwn(place);
  const real = resolved(signed);
  const names = candidates(real);
  requireWhole(place, real);
  const refused: string[] = [];
  for (const name of names) {
    const verified = run(verifyCommand(real, name), place);
    if (verified.status === 0) return name;
    refused.push(`'${name}': ${whyFailed(verified)}`);
  }
  throw notAllowed(`no signer of '${signed.signers}' may sign '${image}': ${refused.join('; ')}`);
}

/** @throws BootError UNAVAILABLE, REFUSED */
function resolved({ signers, signature }: SignedImage): SignedImage {
  if (statSync(signers, { throwIfNoEntry: false }) === undefined) {
    throw new BootError('UNAVAILABLE', `there is no '${signers}', so nobody's signature counts`, {
      hint: "write it as ssh-keygen(1) says under ALLOWED SIGNERS: 'NAME KEYTYPE KEY', one a line",
    });
  }
  const real = { signers: realpathSync(signers), signature: realpathSync(signature) };
  for (const place of [real.signers, real.signature]) requireOwn(place);
  return real;
}

/** Whose signature it could be. @throws BootError BAD_DATA when it is nobody's */
function candidates(signed: SignedImage): readonly string[] {
  const found = run(principalsCommand(signed));
  if (found.status === 0) return principalsOf(found.stdout, readFileSync(signed.signers, 'utf8'));
  throw notAllowed(`the signature is of no signer of '${signed.signers}': ${whyFailed(found)}`);
}

/** @throws BootError CONTENT when it is another image than was signed */
function requireWhole(image: string, signed: SignedImage): void {
  const checked = run(checkCommand(signed), image);
  if (checked.status === 0 || !isOtherImage(`${checked.stderr}${checked.stdout}`)) return;
  throw new BootError('CONTENT', `'${image}' is not the image that was signed: damaged, or another version`, {
    hint: 'fetch image and signature again',
  });
}

function notAllowed(message: string): BootError {
  return new BootError('BAD_DATA', message, { hint: `name the signer there, or ${describeSigning('IMAGE')}` });
}

function run(argv: readonly string[], inputFile?: string): Finished {
  const finished = tryProgram(argv, { timeoutMs: LONGEST_MS, ...(inputFile === undefined ? {} : { inputFile }) });
  if (finished.trouble === null) return finished;
  const hint = finished.trouble === 'program not found' ? 'install the package openssh-client' : 'run it again';
  throw new BootError('UNAVAILABLE', `cannot check a signature with 'ssh-keygen': ${finished.trouble}`, { hint });
}

/** A directory that others may write into is safe only where they cannot rename what is in it. @param place resolved */
function requireOwn(place: string): void {
  for (let path = place; ; path = dirname(path)) {
    const { uid, mode } = statSync(path);
    const isSticky = path !== place && (mode & 0o1000) !== 0;
    if (uid !== 0 || ((mode & 0o022) !== 0 && !isSticky)) {
      throw new BootError(
        'REFUSED',
        `'${path}' can be changed by others, so a check of '${place}' would mean nothing`,
        {
          hint: `copy it to where only root may write: install -m 600 '${place}' /root/`,
        },
      );
    }
    if (path === '/') return;
  }
}
