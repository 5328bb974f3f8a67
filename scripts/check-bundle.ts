/** Fails when a script of the bundle is larger than its limit: `check-bundle.ts DIRECTORY`. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { distDir } from './node-package.ts';
import { SCRIPTS, type ScriptName } from './starter.ts';

/** Every boot waits for the first; only operators and timers wait for the second. Both are in every image. */
export const LIMIT_BYTES: Readonly<Record<ScriptName, number>> = { 'lifeboot.cjs': 225_000, 'operate.cjs': 300_000 };

const HINTS: Readonly<Record<ScriptName, string>> = {
  'lifeboot.cjs': "what only operators use belongs to a part of 'operate': see PARTS in scripts/build-bundle.ts",
  'operate.cjs': 'esbuild --analyze shows what fills it',
};

if (import.meta.main) {
  const [directory = distDir] = process.argv.slice(2);
  for (const name of SCRIPTS) {
    const { size } = statSync(join(directory, name));
    console.log(`${name}: ${size} of at most ${LIMIT_BYTES[name]} bytes`);
    if (size <= LIMIT_BYTES[name]) continue;
    console.error(`check-bundle: '${name}' is too large\nhint: ${HINTS[name]}`);
    process.exitCode = 1;
  }
}
