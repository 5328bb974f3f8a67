/**
 * Images that come in from outside: fetched by curl into the store of the data partition, checked by ssh-keygen.
 *
 * Effects: files in `incoming/` of the store, and the network. Invariant: a partial file has the version of the server's
 * file beside it, and is never continued from another one.
 */
import { mkdirSync, readFileSync, realpathSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageAtHand, Incoming } from '../../app/ports.ts';
import { BootError } from '../../core/errors.ts';
import { fetchCommand, headCommand, judgeFetch, parseHead, type RemoteFile } from '../../core/install/fetch.ts';
import type { ImageOnWeb } from '../../core/install/image-source.ts';
import { formatBytes } from '../../core/repair/examine-slot.ts';
import { type Finished, tryProgram } from '../exec.ts';
import { pause, whyFailed } from '../root/tools.ts';
import { verifySignature } from './verify-signature.ts';

/** A link that brings nothing at all so many times in a row is left for a better hour. */
const TRIES_WITHOUT_A_BYTE = 5;
const PAUSE_MS = 2000;
const LONGEST_MS = 24 * 60 * 60_000;

/**
 * @param store the store's directory on the data partition
 * @param isTerminal somebody watches standard error, where curl draws its progress
 */
export function makeIncoming(store: string, isTerminal: boolean): Incoming {
  const dir = join(store, 'incoming');
  const places = ({ name }: ImageOnWeb) => ({
    image: join(dir, `${name}.img`),
    signature: join(dir, `${name}.sig`),
    version: join(dir, `${name}.version`),
  });
  return {
    find,
    fetch(source) {
      makeDirectory(store, dir);
      const { image, signature, version } = places(source);
      const remote = lookAt(source.url);
      if (remote !== null) {
        if (readIfThere(version) !== (remote.version ?? '')) rmSync(image, { force: true });
        writeFileSync(version, remote.version ?? '');
        requireRoom(source.url, image, remote, dir);
      }
      if (!download(source.url, image, isTerminal)) throw absent(source.url);
      rmSync(signature, { force: true });
      const isSigned = download(source.signature, signature, false);
      return { image, signature: isSigned ? signature : null };
    },
    discard(source) {
      for (const file of Object.values(places(source))) rmSync(file, { force: true });
    },
    verify: verifySignature,
  };
}

function find(path: string, signature: string): ImageAtHand {
  try {
    const image = realpathSync(path);
    return { image, signature: statSync(signature, { throwIfNoEntry: false }) === undefined ? null : signature };
  } catch (cause) {
    throw new BootError('IO', `cannot look at '${path}'`, { cause, hint: 'name the file of an image' });
  }
}

function makeDirectory(store: string, dir: string): void {
  const hint = 'fetch the image by hand, with its signature, and name the file';
  if (statSync(store, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new BootError('UNAVAILABLE', 'there is no data partition to fetch into', { hint });
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new BootError('IO', `cannot make '${dir}'`, { cause, hint });
  }
}

/** @returns null when the server does not tell: then the fetch itself shows what is wrong, and what is there is kept */
function lookAt(url: string): RemoteFile | null {
  const finished = curl(headCommand(url), 120_000, false);
  return finished.status === 0 ? parseHead(finished.stdout) : null;
}

function requireRoom(url: string, image: string, { bytes }: RemoteFile, dir: string): void {
  if (bytes === null) return;
  const { bavail, bsize } = statfsSync(dir);
  const missing = bytes - sizeOf(image);
  if (missing <= bavail * bsize) return;
  const sizes = `${formatBytes(missing)} are to come, ${formatBytes(bavail * bsize)} are free`;
  throw new BootError('REFUSED', `there is no room for '${url}' on the data partition: ${sizes}`, {
    hint: 'make room, or fetch it to another place by hand and name the file',
  });
}

/** @returns whether the server has such a file */
function download(url: string, file: string, isShown: boolean): boolean {
  for (let tries = 1; ; ) {
    const before = sizeOf(file);
    const finished = curl(fetchCommand(url, file, isShown), LONGEST_MS, isShown);
    const outcome = judgeFetch(finished.status, finished.stdout);
    if (outcome === 'done') return true;
    if (outcome === 'absent') return false;
    if (outcome === 'afresh' && before > 0) {
      rmSync(file, { force: true });
      continue;
    }
    tries = sizeOf(file) > before ? 1 : tries + 1;
    if (outcome !== 'again' || tries > TRIES_WITHOUT_A_BYTE) throw failed(url, file, finished);
    pause(PAUSE_MS);
  }
}

function absent(url: string): BootError {
  return new BootError('IO', `the server has no '${url}'`, { hint: 'check the address' });
}

function failed(url: string, file: string, finished: Finished): BootError {
  const why = whyFailed(finished) || `curl ended with ${finished.status}`;
  const bytes = sizeOf(file);
  const hint =
    bytes > 0
      ? `run the same command again: it goes on after ${formatBytes(bytes)}`
      : 'check the address and the network';
  return new BootError('IO', `cannot fetch '${url}': ${why}`, { hint });
}

function curl(argv: readonly string[], timeoutMs: number, isShown: boolean): Finished {
  const finished = tryProgram(argv, { timeoutMs, isShown });
  if (finished.trouble !== 'program not found') return finished;
  throw new BootError('UNAVAILABLE', "cannot find 'curl'", { hint: 'install the package curl' });
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function readIfThere(file: string): string | null {
  return statSync(file, { throwIfNoEntry: false }) === undefined ? null : readFileSync(file, 'utf8');
}
