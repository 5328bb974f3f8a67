/**
 * Images that come in from outside: fetched by curl into the store of the data partition, checked by ssh-keygen.
 *
 * Effects: files in `incoming/` of the store, and the network. Invariant: beside a partial file is what the server called
 * its version, and it is only ever continued from that one. One image at a time is there.
 */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  type StatsFs,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Incoming } from '../../app/ports.ts';
import { BootError } from '../../core/errors.ts';
import { headCommand, parseHead, type RemoteFile, roomFor } from '../../core/install/fetch.ts';
import type { ImageFile, ImageOnWeb } from '../../core/install/image-source.ts';
import { formatBytes } from '../../core/repair/examine-slot.ts';
import { tryProgram } from '../exec.ts';
import { download, sizeOf } from './download.ts';
import { requireSigner, verifySignature } from './verify-signature.ts';

const MAX_SIGNATURE_BYTES = 64 * 1024;
const HEAD_MS = 120_000;

/**
 * @param store the store's directory on the data partition
 * @param isTerminal somebody watches standard error, where curl draws its progress
 */
export function makeIncoming(store: string, isTerminal: boolean): Incoming {
  const dir = join(store, 'incoming');
  const place = ({ name }: ImageOnWeb, ending: string): string => join(dir, `${name}.${ending}`);
  return {
    find,
    fetchSignature(source) {
      const file = place(source, 'sig');
      trying('write to the data partition', () => makeRoom(store, dir, source.name));
      rmSync(file, { force: true });
      const wanted = { url: source.signature, file, maxBytes: MAX_SIGNATURE_BYTES, version: null, isShown: false };
      return download(wanted, `the signature of '${source.shown}'`) ? file : null;
    },
    fetchImage(source, maxBytes) {
      const [file, versionFile] = [place(source, 'img'), place(source, 'version')];
      return trying('write to the data partition', () => {
        makeRoom(store, dir, source.name);
        const remote = lookAt(source.url);
        const kept = versionOf(versionFile, remote);
        if (kept === null || sizeOf(file) > (remote?.bytes ?? Number.POSITIVE_INFINITY)) rmSync(file, { force: true });
        if (remote?.bytes != null && remote.bytes === sizeOf(file)) return file;
        const room = Math.min(maxBytes, requireRoom(source, file, remote, maxBytes, dir));
        writeFileSync(versionFile, remote?.version ?? kept ?? '');
        const version = sizeOf(file) === 0 ? (remote?.version ?? null) : kept;
        const wanted = { url: source.url, file, maxBytes: room, version, isShown: isTerminal };
        if (!download(wanted, `'${source.shown}'`))
          throw new BootError('IO', `the server does not give '${source.shown}'`, { hint: 'check the address' });
        return file;
      });
    },
    discard(source) {
      try {
        for (const ending of ['img', 'sig', 'version']) rmSync(place(source, ending), { force: true });
      } catch {
        // The next fetch deletes it, or says why it cannot.
      }
    },
    requireSigner,
    verify: verifySignature,
  };
}

function find({ path, signature }: ImageFile): ReturnType<Incoming['find']> {
  try {
    const image = realpathSync(path);
    const isSigned = statSync(signature, { throwIfNoEntry: false }) !== undefined;
    return { image, signature: isSigned ? realpathSync(signature) : null };
  } catch (cause) {
    throw new BootError('IO', `cannot look at '${path}'`, { cause, hint: 'name the file of an image' });
  }
}

/** What earlier commands have left of other images is deleted: nobody would come back for it. */
function makeRoom(store: string, dir: string, name: string): void {
  if (statSync(store, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new BootError('UNAVAILABLE', 'there is no data partition to fetch into', {
      hint: 'fetch the image by hand, with its signature, and name the file',
    });
  }
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  for (const file of readdirSync(dir)) {
    if (!file.startsWith(`${name}.`)) rmSync(join(dir, file), { recursive: true, force: true });
  }
}

/** @returns null when the server does not tell: then the fetch itself shows what is wrong */
function lookAt(url: string): RemoteFile | null {
  const finished = tryProgram(headCommand(url), { timeoutMs: HEAD_MS });
  return finished.status === 0 ? parseHead(finished.stdout) : null;
}

/** @returns the version of which a part is there; null: there is none that could be continued */
function versionOf(file: string, remote: RemoteFile | null): string | null {
  const kept = statSync(file, { throwIfNoEntry: false }) === undefined ? '' : readFileSync(file, 'utf8');
  if (kept === '' || (remote !== null && remote.version !== kept)) return null;
  return kept;
}

/** @returns how large the file may become */
function requireRoom(
  { shown }: ImageOnWeb,
  file: string,
  remote: RemoteFile | null,
  maxBytes: number,
  dir: string,
): number {
  const free = freeOf(statfsSync(dir));
  const limit = sizeOf(file) + roomFor(free);
  const bytes = remote?.bytes ?? 0;
  if (bytes > maxBytes) {
    const sizes = `${formatBytes(bytes)} do not fit into ${formatBytes(maxBytes)}`;
    throw new BootError('REFUSED', `'${shown}' is larger than the slot: ${sizes}`, { hint: 'use a smaller image' });
  }
  if (bytes <= limit) return limit;
  const sizes = `${formatBytes(bytes - sizeOf(file))} are to come, ${formatBytes(free.freeBytes)} are free`;
  throw new BootError('REFUSED', `there is no room for '${shown}' on the data partition: ${sizes}`, {
    hint: 'make room, or fetch it to another place by hand and name the file',
  });
}

function freeOf({ bavail, blocks, bsize }: StatsFs): Parameters<typeof roomFor>[0] {
  return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
}

/** A data partition that is full, or read-only since an error, is no fault of lifeboot's. */
function trying<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof BootError) throw cause;
    throw new BootError('IO', `cannot ${what}`, { cause, hint: "see 'lifeboot status' for its trouble" });
  }
}
