/**
 * Calls pkg's SEA packer: `pack-sea.ts ARCH DIRECTORY OUTPUT`, with HOME set to the prepared cache.
 *
 * `pkg --sea` itself offers no way to set the SEA options, so this calls the function behind that flag:
 * - useCodeCache and, as assets, the scripts compiled for groups of verbs: the kernel-to-init path compiles nothing again (code-cache.ts);
 * - a random seed: V8 makes three prime numbers from it for its hashes, and looks for them for 2 ms with this one, for 5 with most;
 * - execArgvExtension none: neither NODE_OPTIONS nor a flag can change the program that decides what boots.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import seaModule from '@yao-pkg/pkg/lib-es5/sea.js';

import { nodeVersion, parseArch } from './node-package.ts';
import { CACHES, SCRIPTS, STARTER, wrapScript } from './starter.ts';

interface SeaOptions {
  readonly targets: readonly { nodeRange: string; platform: string; arch: string; output: string }[];
  readonly seaConfig: Readonly<Record<string, unknown>>;
}

/** pkg types its options for fewer SEA settings than it passes on. */
const packSea = (seaModule as unknown as { default: (entry: string, options: SeaOptions) => Promise<void> }).default;

/**
 * Of a hundred seeds one of those with which the V8 of Node 24.21 has its primes soonest: 38 calls of `detail::sprp` beneath
 * HashSeed::InitializeRoots, where others take 100 to 285. To be chosen again for another Node, by counting those calls in
 * a debugger. It also makes Math.random the same in each run, which lifeboot does not use; node:crypto has randomness of its own.
 */
const RANDOM_SEED = 32;

const [arch = '', bundles = '', output = ''] = process.argv.slice(2);
// Compiled code is only good for the CPU that it was compiled on; another one compiles the text at its start.
const isNative = process.arch === arch;

/** Texts and compiled code of the scripts, as files that become assets. */
function prepareAssets(directory: string): Readonly<Record<string, string>> {
  const place = (name: string) => join(directory, name);
  for (const name of SCRIPTS) {
    writeFileSync(place(name), wrapScript(readFileSync(join(bundles, name), 'latin1')), 'latin1');
  }
  for (const name of Object.keys(CACHES)) {
    const args = [join(import.meta.dirname, 'code-cache.ts'), bundles, place(name), name];
    // What the commands print is no part of a build.
    if (isNative) execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    else writeFileSync(place(name), 'none');
  }
  return Object.fromEntries([...SCRIPTS, ...Object.keys(CACHES)].map((name) => [name, place(name)]));
}

const directory = mkdtempSync(join(tmpdir(), 'lifeboot-sea-'));
try {
  const starter = join(directory, 'starter.cjs');
  writeFileSync(starter, STARTER);
  await packSea(starter, {
    targets: [{ nodeRange: `node${nodeVersion()}`, platform: 'linux', arch: parseArch(arch), output }],
    seaConfig: {
      useCodeCache: isNative,
      assets: prepareAssets(directory),
      execArgv: [`--random-seed=${RANDOM_SEED}`],
      execArgvExtension: 'none',
    },
  });
} finally {
  rmSync(directory, { recursive: true });
}
