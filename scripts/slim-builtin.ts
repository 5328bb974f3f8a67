/**
 * Blanks the sources of built-in modules that a packed program never loads, inside a Node executable.
 *
 * `amaro` strips types from `.ts` files and is 3.8 MB of WebAssembly as text (Node has a build option for the same,
 * `--without-amaro`); `undici` is fetch and WebSocket; `acorn` reads what is typed into the REPL. They compress badly and
 * each boot would unpack them. What is left of a module throws when it is loaded. Pure but for asking Node for a text.
 */
import { execFileSync } from 'node:child_process';

/** Modules that a packed program cannot reach. */
export const UNUSED_BUILTINS = [
  'internal/deps/amaro/dist/index',
  'internal/deps/undici/undici',
  'internal/deps/acorn/acorn/dist/acorn',
];

const REPLACEMENT = "throw new Error('not part of this Node');";

/** The source text of a built-in module, asked of a Node of the same version. */
export function readBuiltinSource(node: string, name: string): string {
  const script = `process.stdout.write(require('internal/test/binding').internalBinding('builtins').natives['${name}'])`;
  const source = execFileSync(node, ['--no-warnings', '--expose-internals', '-e', script], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (source.length < 1000) throw new Error(`'${node}' has no built-in module '${name}'`);
  return source;
}

/** Node keeps a source in one byte a character when it is all Latin-1, else in two. */
function encode(text: string, source: string): Buffer {
  return Buffer.from(text, /^[\x00-\xff]*$/.test(source) ? 'latin1' : 'utf16le');
}

/** Replaces the text, found exactly once in `image`, by a line that throws and by spaces. Returns the bytes blanked. */
export function blankSource(image: Buffer, source: string): number {
  const stored = encode(source, source);
  const at = image.indexOf(stored);
  if (at < 0 || image.indexOf(stored, at + 1) >= 0) throw new Error('the source text is not exactly once in the image');
  encode(REPLACEMENT.padEnd(source.length), source).copy(image, at);
  return stored.length;
}
