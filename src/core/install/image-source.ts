/**
 * What `lifeboot install` was given: a file, or an address on the web.
 *
 * Pure.
 */
import { BootError } from '../errors.ts';
import { sha256 } from '../root/base-id.ts';

/** The detached signature of an image is beside it, with this ending. */
const SIGNATURE_ENDING = '.sig';

export interface ImageFile {
  readonly kind: 'file';
  readonly path: string;
  readonly signature: string;
}

export interface ImageOnWeb {
  readonly kind: 'web';
  readonly url: string;
  /** The address without user, password and query, which may be secrets: for messages and the boot state. */
  readonly shown: string;
  readonly signature: string;
  /** Names what was fetched so far, the same at each try, also when a signed query has changed. */
  readonly name: string;
}

/**
 * @param word a path, or an `http://` or `https://` address
 * @throws BootError USAGE
 */
export function parseImage(word: string): ImageFile | ImageOnWeb {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(word)) {
    // With a slash it is never taken for the name of a slot, nor for a flag.
    const path = word.includes('/') ? word : `./${word}`;
    return { kind: 'file', path, signature: `${path}${SIGNATURE_ENDING}` };
  }
  const url = parseUrl(word);
  const beside = new URL(url);
  beside.pathname += SIGNATURE_ENDING;
  const shown = `${url.origin}${url.pathname}`;
  return { kind: 'web', url: url.href, shown, signature: beside.href, name: sha256(shown).slice(0, 32) };
}

/** What `btrfs send` wrote goes by its name, because nothing of it is read before its signature was checked. */
export function isSendStream(source: ImageFile | ImageOnWeb): boolean {
  return (source.kind === 'web' ? source.shown : source.path).endsWith('.btrfs');
}

function parseUrl(word: string): URL {
  const url = URL.canParse(word) ? new URL(word) : null;
  if (url !== null && (url.protocol === 'https:' || url.protocol === 'http:')) return url;
  throw new BootError('USAGE', `'${word}' is no address that an image can be fetched from`, {
    hint: "name a file, or an address that begins with 'https://' or 'http://'",
  });
}
