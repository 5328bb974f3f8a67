/**
 * A read-only overlay of layers, mounted for as long as some work lasts.
 */
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { viewOptions } from '../../core/store/view-options.ts';
import { mount, unmountBelow } from '../root/mounting.ts';

const PARAMETERS = '/sys/module/overlay/parameters';

export interface ViewRequest {
  /** Directories, top first, absolute. */
  readonly layers: readonly string[];
  readonly hasMetacopy: boolean;
  /** An empty directory for what the mount needs. */
  readonly work: string;
}

/** @throws BootError CONTENT, IO; whatever `read` throws */
export function withView<T>({ layers, hasMetacopy, work }: ViewRequest, read: (root: string) => T): T {
  const root = join(work, 'root');
  const bottom = join(work, 'bottom');
  for (const dir of [root, bottom]) mkdirSync(dir, { recursive: true });
  // Short names: 400 layers must fit in one page of options. The bottom is there because one layer alone is refused.
  const all = [...layers, bottom];
  all.forEach((dir, index) => {
    symlinkSync(dir, join(work, String(index)));
  });
  const options = viewOptions({ lower: all.map((_, index) => String(index)), hasMetacopy }, readdirSync(PARAMETERS));
  mount({ type: 'overlay', source: 'lifeboot-view', target: root, options, cwd: work });
  try {
    return read(root);
  } finally {
    unmountBelow([root]);
  }
}
