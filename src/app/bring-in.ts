/**
 * Brings in what `lifeboot install` was given, and checks whose it is.
 *
 * Effects: those of the ports. Invariant: nothing of it is mounted, written or unpacked before its signature was checked.
 */
import type { Config } from '../core/config/config.ts';
import { BootError } from '../core/errors.ts';
import type { ImageFile, ImageOnWeb } from '../core/install/image-source.ts';
import { describeSigning } from '../core/install/signature.ts';
import type { ImageAtHand, Ports } from './ports.ts';

export interface BroughtIn {
  readonly image: string;
  /** For messages. */
  readonly what: string;
  /** Whose it is, in words. */
  readonly signed: string;
}

/**
 * @param maxBytes more has no room where it goes; @param say is told what comes next
 * @throws BootError BAD_DATA, CONTENT, REFUSED, UNAVAILABLE, IO
 */
export function bringIn(
  ports: Ports,
  config: Config,
  { source, maxBytes, say }: { source: ImageFile | ImageOnWeb; maxBytes: number; say: (text: string) => void },
): BroughtIn {
  const what = nameOf(source);
  const hand = source.kind === 'file' ? ports.incoming.find(source) : fetch(ports, config, { source, maxBytes, say });
  return { image: hand.image, what, signed: checkSignature(ports, config, { source, what, hand }) };
}

/** For messages. */
export function nameOf(source: ImageFile | ImageOnWeb): string {
  return `'${source.kind === 'web' ? source.shown : source.path}'`;
}

/** The signature first: what it alone can tell need not wait for the image. */
function fetch(
  { incoming }: Ports,
  { install }: Config,
  { source, maxBytes, say }: { source: ImageOnWeb; maxBytes: number; say: (text: string) => void },
): ImageAtHand {
  const signature = incoming.fetchSignature(source);
  if (signature !== null) incoming.requireSigner({ signature, signers: install.signers });
  else if (!install.unsigned) throw noSignature(`'${source.shown}'`);
  say(`fetch '${source.shown}'`);
  return { image: incoming.fetchImage(source, maxBytes), signature };
}

function noSignature(what: string): BootError {
  return new BootError('BAD_DATA', `${what} has no signature`, { hint: describeSigning('IMAGE') });
}

/** @returns whose image it is, in words. @throws BootError BAD_DATA, CONTENT, REFUSED, UNAVAILABLE */
function checkSignature(
  { incoming }: Ports,
  { install }: Config,
  {
    source,
    what,
    hand,
  }: { readonly source: ImageFile | ImageOnWeb; readonly what: string; readonly hand: ImageAtHand },
): string {
  if (hand.signature === null) {
    if (install.unsigned) return `${what} is not signed: [install] unsigned = true allows that`;
    throw noSignature(what);
  }
  try {
    const signer = incoming.verify(hand.image, { signature: hand.signature, signers: install.signers });
    return `${what} is signed by '${signer}'`;
  } catch (error) {
    // A damaged copy would fail for ever; in every other case it is not the image's fault, and it came a long way.
    if (source.kind === 'web' && error instanceof BootError && error.code === 'CONTENT') incoming.discard(source);
    throw error;
  }
}
