/**
 * Calls pkg's SEA packer: `pack-sea.ts ARCH BUNDLE OUTPUT`, with HOME set to the prepared cache.
 *
 * `pkg --sea` itself offers no way to set the SEA options, so this calls the function behind that flag:
 * - useCodeCache and, as an asset, the whole bundle compiled: the kernel-to-init path compiles nothing again (eager-cache.ts);
 * - execArgvExtension none: neither NODE_OPTIONS nor a flag can change the program that decides what boots.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import seaModule from '@yao-pkg/pkg/lib-es5/sea.js';
import { compileEagerly, STARTER } from './eager-cache.ts';
import { nodeVersion, parseArch } from './node-package.ts';

interface SeaOptions {
  readonly targets: readonly { nodeRange: string; platform: string; arch: string; output: string }[];
  readonly seaConfig: Readonly<Record<string, unknown>>;
}

/** pkg types its options for fewer SEA settings than it passes on. */
const packSea = (seaModule as unknown as { default: (entry: string, options: SeaOptions) => Promise<void> }).default;

const [arch = '', bundle = '', output = ''] = process.argv.slice(2);
// Compiled code is only good for the CPU that it was compiled on; another one compiles the text at its start.
const isNative = process.arch === arch;

/** In a process of its own: V8 would remember there what it compiles here. What the commands print is no part of a build. */
function warm(source: string, cache: string): void {
  const args = [join(import.meta.dirname, 'warm-cache.ts'), source, cache];
  execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** What is packed instead of the bundle: a starter, with text and compiled code of the bundle as assets. */
function prepareEager(directory: string): {
  readonly entry: string;
  readonly assets: Readonly<Record<string, string>>;
} {
  const { source, cache } = compileEagerly(readFileSync(bundle, 'latin1'));
  const files = { starter: 'starter.cjs', bundle: 'bundle', eager: 'eager', warm: 'warm' } as const;
  const place = (name: keyof typeof files) => join(directory, files[name]);
  writeFileSync(place('starter'), STARTER);
  writeFileSync(place('bundle'), source, 'latin1');
  writeFileSync(place('eager'), cache);
  warm(place('bundle'), place('warm'));
  return { entry: place('starter'), assets: { bundle: place('bundle'), eager: place('eager'), warm: place('warm') } };
}

const directory = mkdtempSync(join(tmpdir(), 'lifeboot-sea-'));
try {
  const { entry, assets } = isNative ? prepareEager(directory) : { entry: bundle, assets: {} };
  await packSea(entry, {
    targets: [{ nodeRange: `node${nodeVersion()}`, platform: 'linux', arch: parseArch(arch), output }],
    seaConfig: { useCodeCache: isNative, assets, execArgv: [], execArgvExtension: 'none' },
  });
} finally {
  rmSync(directory, { recursive: true });
}
