/**
 * Blanks the source of one of Node's built-in modules inside a Node executable.
 *
 * `amaro`, which strips types from `.ts` files, is 3.8 MB of WebAssembly as text and compresses badly; a packed program
 * is JavaScript already. Node has a build option for the same (`--without-amaro`). What is left throws when it is loaded.
 */
import { execFileSync } from 'node:child_process';

/** Modules that a packed program cannot reach. */
export const UNUSED_BUILTINS = ['internal/deps/amaro/dist/index'];

const REPLACEMENT = "throw new Error('not part of this Node');";

/** The source text of a built-in module, asked of a Node of the same version. */
export function readBuiltinSource(node: string, name: string): string {
  const script = `process.stdout.write(require('internal/test/binding').internalBinding('builtins').natives['${name}'])`;
  const source = execFileSync(node, ['--no-warnings', '--expose-internals', '-e', script], {
    encoding: 'latin1',
    maxBuffer: 64 << 20,
  });
  if (source.length < 1000) throw new Error(`'${node}' has no built-in module '${name}'`);
  return source;
}

/** Replaces the text, found exactly once in `image`, by a line that throws and by spaces. Returns the bytes blanked. */
export function blankSource(image: Buffer, source: string): number {
  const text = Buffer.from(source, 'latin1');
  const at = image.indexOf(text);
  if (at < 0 || image.indexOf(text, at + 1) >= 0) throw new Error('the source text is not exactly once in the image');
  image.fill(' ', at, at + text.length);
  image.write(REPLACEMENT, at, 'latin1');
  return text.length;
}
