/**
 * What comes with an image from outside: its address, the server's headers, names of signers.
 */
import { BootError } from '../../src/core/errors.ts';
import { parseHead } from '../../src/core/install/fetch.ts';
import { parseImage } from '../../src/core/install/image-source.ts';
import { principalsOf } from '../../src/core/install/signature.ts';
import { Broken, type Target } from './fuzz.ts';

/** Nothing of it becomes a flag of a program, or an address of another kind. */
function askImages(input: Buffer): boolean {
  const text = input.toString('utf8');
  const { bytes } = parseHead(text);
  if (bytes !== null && !Number.isSafeInteger(bytes)) throw new Broken(`a length of ${bytes}`);
  const flag = principalsOf(text, text).find((name) => name.startsWith('-') || /\s/.test(name));
  if (flag !== undefined) throw new Broken(`asked for the signer '${flag}'`);
  try {
    const source = parseImage(text);
    if (source.kind === 'file' ? !source.path.includes('/') : !/^https?:/.test(source.url))
      throw new Broken(`'${text}' is taken for an image`);
    return true;
  } catch (error) {
    if (error instanceof BootError && error.code === 'USAGE') return false;
    throw error;
  }
}

const SEEDS = [
  'https://me:secret@example.org:8080/field-os-2.2.ext4?token=x#y',
  'HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\nHTTP/2 200\r\nContent-Length: 12\r\nETag: "v"\r\n\r\n',
  'release@example.org,"a@x" namespaces="lifeboot-image" ssh-ed25519 AAAA\n',
];

export const IMAGE_TARGETS: readonly Target[] = [
  {
    name: 'addresses, headers and signers of images',
    seeds: SEEDS.map((text) => Buffer.from(text)),
    words: ['://', '\r\n', '-', '--', '!', '*', '"', ',', 'file://', 'Content-Length: ', 'ETag: W/', '9'.repeat(20)],
    ask: askImages,
  },
];
