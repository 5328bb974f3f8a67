/** Sizes of what is shipped. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLE_LIMIT_BYTES } from '../scripts/check-bundle.ts';
import { distDir } from '../scripts/node-package.ts';
import type { Finding } from './report.ts';

const INITRAMFS_BUDGET_MB = 36;

export function measureBundle(): Finding {
  const bytes = statSync(join(distDir, 'lifeboot.cjs')).size;
  return { what: 'bundle', value: bytes / 1000, budget: BUNDLE_LIMIT_BYTES / 1000, unit: ' kB', detail: 'minified' };
}

export function measureInitramfs(image: string): Finding {
  const megabytes = statSync(image).size / 1e6;
  return { what: 'standalone initramfs', value: megabytes, budget: INITRAMFS_BUDGET_MB, unit: ' MB', detail: image };
}
