/**
 * Calls pkg's SEA packer: `pack-sea.ts ARCH BUNDLE OUTPUT`, with HOME set to the prepared cache.
 *
 * `pkg --sea` itself offers no way to set the SEA options, so this calls the function behind that flag:
 * - useCodeCache and, as assets, the bundle compiled for groups of verbs: the kernel-to-init path compiles nothing again (code-cache.ts);
 * - execArgvExtension none: neither NODE_OPTIONS nor a flag can change the program that decides what boots.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import seaModule from '@yao-pkg/pkg/lib-es5/sea.js';

import { nodeVersion, parseArch } from './node-package.ts';
import { CACHES, STARTER, wrapBundle } from './starter.ts';

interface SeaOptions {
  readonly targets: readonly { nodeRange: string; platform: string; arch: string; output: string }[];
  readonly seaConfig: Readonly<Record<string, unknown>>;
}

/** pkg types its options for fewer SEA settings than it passes on. */
const packSea = (seaModule as unknown as { default: (entry: string, options: SeaOptions) => Promise<void> }).default;

const [arch = '', bundle = '', output = ''] = process.argv.slice(2);
// Compiled code is only good for the CPU that it was compiled on; another one compiles the text at its start.
const isNative = process.arch === arch;

/** What is packed instead of the bundle: a starter, with text and compiled code of the bundle as assets. */
function prepareStarter(directory: string): {
  readonly entry: string;
  readonly assets: Readonly<Record<string, string>>;
} {
  const place = (name: string) => join(directory, name);
  writeFileSync(place('starter.cjs'), STARTER);
  writeFileSync(place('bundle'), wrapBundle(readFileSync(bundle, 'latin1')), 'latin1');
  for (const name of CACHES) {
    const args = [join(import.meta.dirname, 'code-cache.ts'), bundle, place(name), name];
    // What the commands print is no part of a build.
    execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  }
  const assets = Object.fromEntries(['bundle', ...CACHES].map((name) => [name, place(name)]));
  return { entry: place('starter.cjs'), assets };
}

const directory = mkdtempSync(join(tmpdir(), 'lifeboot-sea-'));
try {
  const { entry, assets } = isNative ? prepareStarter(directory) : { entry: bundle, assets: {} };
  await packSea(entry, {
    targets: [{ nodeRange: `node${nodeVersion()}`, platform: 'linux', arch: parseArch(arch), output }],
    seaConfig: { useCodeCache: isNative, assets, execArgv: [], execArgvExtension: 'none' },
  });
} finally {
  rmSync(directory, { recursive: true });
}
