/** Sizes of what is shipped. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { LIMIT_BYTES } from '../scripts/check-bundle.ts';
import { distDir } from '../scripts/node-package.ts';
import { SCRIPTS } from '../scripts/starter.ts';
import type { Finding } from './report.ts';

const INITRAMFS_BUDGET_MB = 36;

export function measureBundle(): Finding[] {
  return SCRIPTS.map((name) => {
    const kilobytes = statSync(join(distDir, name)).size / 1000;
    return { what: name, value: kilobytes, budget: LIMIT_BYTES[name] / 1000, unit: ' kB', detail: 'minified' };
  });
}

export function measureInitramfs(image: string): Finding {
  const megabytes = statSync(image).size / 1e6;
  return { what: 'standalone initramfs', value: megabytes, budget: INITRAMFS_BUDGET_MB, unit: ' MB', detail: image };
}
