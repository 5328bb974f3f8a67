/**
 * The few lines that start the scripts from their texts and code caches: what is really packed.
 *
 * SEA's own code cache (`useCodeCache`) holds only what V8 compiles at once: the outermost functions. All others are
 * compiled at their first call, which is half of what our own code costs at start; code-cache.ts makes better ones.
 */

/** The scripts of build-bundle.ts, under the names that errors show for them: the program, and what it loads at need. */
export const SCRIPTS = ['lifeboot.cjs', 'operate.cjs'] as const;
export type ScriptName = (typeof SCRIPTS)[number];

/** The code caches, each with its script: `lifeboot.cjs` has one for `boot`, and one for all other verbs. */
export const CACHES = { boot: 'lifeboot.cjs', read: 'lifeboot.cjs', operate: 'operate.cjs' } as const;
export type CacheName = keyof typeof CACHES;

/**
 * A script as one function of what it uses of CommonJS's names.
 * @throws Error when the script is not ASCII: it is read back as Latin-1, which is fastest
 */
export function wrapScript(text: string): string {
  if (!/^[\0-\x7f]*$/.test(text)) throw new Error('the script is not ASCII: let esbuild escape the rest');
  return `(function(require,module){${text}\n})`;
}

/**
 * Starts the program, from its cache where V8 takes it, else from its text. All that the program does is done when its
 * script returns, so it ends at once, without taking Node down piece by piece.
 */
export const STARTER = `'use strict';
const { getRawAsset } = require('node:sea');
const { Script } = require('node:vm');
function run(filename, cache, require) {
  const source = Buffer.from(getRawAsset(filename)).latin1Slice();
  const script = new Script(source, { filename, cachedData: Buffer.from(getRawAsset(cache)) });
  const module = { exports: {} };
  script.runInThisContext()(require, module);
  return module.exports;
}
const requireOwn = (name) => (name === './operate.cjs' ? run('operate.cjs', 'operate', require) : require(name));
run('lifeboot.cjs', process.argv[2] === 'boot' ? 'boot' : 'read', requireOwn);
process.exit();
`;
