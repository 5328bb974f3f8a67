/**
 * The few lines that start the bundle from its text and a code cache: what is really packed.
 *
 * SEA's own code cache (`useCodeCache`) holds only what V8 compiles at once: the outermost functions. All others are
 * compiled at their first call, which is half of what our own code costs at start; code-cache.ts makes better ones.
 */

/** The name that errors show for the bundle. */
export const BUNDLE_NAME = 'lifeboot.cjs';

/** The caches, each for the verbs that start from it. */
export const CACHES = ['boot', 'read', 'operate'] as const;
export type CacheName = (typeof CACHES)[number];

/**
 * The bundle as one function of CommonJS's five names.
 * @throws Error when the bundle is not ASCII: it is read back as Latin-1, which is fastest
 */
export function wrapBundle(bundle: string): string {
  if (!/^[\0-\x7f]*$/.test(bundle)) throw new Error('the bundle is not ASCII: let esbuild escape the rest');
  return `(function(exports,require,module,__filename,__dirname){${bundle}\n})`;
}

/**
 * Starts the bundle, from its cache where V8 takes it, else from its text. All that the program does is done when the
 * bundle returns, so it ends at once, without taking Node down piece by piece.
 */
export const STARTER = `'use strict';
const { getRawAsset } = require('node:sea');
const { Script } = require('node:vm');
const cache = { boot: 'boot', plan: 'read', status: 'read' }[process.argv[2]] ?? 'operate';
const source = Buffer.from(getRawAsset('bundle')).latin1Slice();
const script = new Script(source, { filename: '${BUNDLE_NAME}', cachedData: Buffer.from(getRawAsset(cache)) });
script.runInThisContext()(exports, require, module, __filename, __dirname);
process.exit();
`;
