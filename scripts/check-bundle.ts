/** Fails when the minified bundle is larger than the limit: `check-bundle.ts FILE`. */
import { statSync } from 'node:fs';

export const BUNDLE_LIMIT_BYTES = 400_000;

if (import.meta.main) {
  const [file = 'dist/lifeboot.cjs'] = process.argv.slice(2);
  const { size } = statSync(file);
  console.log(`${file}: ${size} of at most ${BUNDLE_LIMIT_BYTES} bytes`);
  if (size > BUNDLE_LIMIT_BYTES) {
    console.error(`check-bundle: '${file}' is too large\nhint: esbuild --analyze shows what fills it`);
    process.exitCode = 1;
  }
}
