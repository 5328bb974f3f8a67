/**
 * Calls pkg's SEA packer: `pack-sea.ts ARCH BUNDLE OUTPUT`, with HOME set to the prepared cache.
 *
 * `pkg --sea` itself offers no way to set the SEA options, so this calls the function behind that flag:
 * - useCodeCache: the compiled bundle is stored, the kernel-to-init path does not compile it again;
 * - execArgvExtension none: neither NODE_OPTIONS nor a flag can change the program that decides what boots.
 */
import seaModule from '@yao-pkg/pkg/lib-es5/sea.js';
import { nodeVersion, parseArch } from './node-package.ts';

interface SeaOptions {
  readonly targets: readonly { nodeRange: string; platform: string; arch: string; output: string }[];
  readonly seaConfig: Readonly<Record<string, unknown>>;
}

/** pkg types its options for fewer SEA settings than it passes on. */
const packSea = (seaModule as unknown as { default: (entry: string, options: SeaOptions) => Promise<void> }).default;

const [arch = '', bundle = '', output = ''] = process.argv.slice(2);
await packSea(bundle, {
  targets: [{ nodeRange: `node${nodeVersion()}`, platform: 'linux', arch: parseArch(arch), output }],
  seaConfig: {
    useCodeCache: process.arch === arch,
    execArgv: [],
    execArgvExtension: 'none',
  },
});
