/**
 * A code cache with every function of the bundle in it, and the few lines that start the bundle from it.
 *
 * SEA's own code cache (`useCodeCache`) holds only what V8 compiles at once: the outermost functions. All others are
 * compiled at their first call, which is half of what our own code costs at start. Here V8 is told to compile all of them
 * (`--no-lazy`) and then made to forget that it was told, because a cache is refused when the flags differ.
 */

import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

/** The name that errors show for the bundle. */
export const BUNDLE_NAME = 'lifeboot.cjs';

export interface EagerBundle {
  /** The bundle as one function of CommonJS's five names. */
  readonly source: string;
  readonly cache: Buffer;
}

/** @throws Error when the bundle is not ASCII: it is read back as Latin-1, which is fastest */
export function compileEagerly(bundle: string): EagerBundle {
  if (!/^[\0-\x7f]*$/.test(bundle)) throw new Error('the bundle is not ASCII: let esbuild escape the rest');
  const source = `(function(exports,require,module,__filename,__dirname){${bundle}\n})`;
  setFlagsFromString('--no-lazy');
  const script = new Script(source, { filename: BUNDLE_NAME });
  setFlagsFromString('--lazy');
  return { source, cache: script.createCachedData() };
}

/**
 * The program that is packed: starts the bundle, from its cache where V8 takes it, else from its text. `boot` has the cache
 * of all functions, every other verb the one of warm-cache.ts. All that the program does is done when the bundle returns,
 * so it ends at once, without taking Node down piece by piece.
 */
export const STARTER = `'use strict';
const { getRawAsset } = require('node:sea');
const { Script } = require('node:vm');
const cache = process.argv[2] === 'boot' ? 'eager' : 'warm';
const source = Buffer.from(getRawAsset('bundle')).latin1Slice();
const script = new Script(source, { filename: '${BUNDLE_NAME}', cachedData: Buffer.from(getRawAsset(cache)) });
script.runInThisContext()(exports, require, module, __filename, __dirname);
process.exit();
`;
