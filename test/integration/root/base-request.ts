/** What a test asks of a base: the name of a device, or where in it the base is. */
import type { BaseSource } from '../../../src/core/root/base-source.ts';

export interface MountBaseOptions {
  readonly waitSeconds?: number;
  /** The data partition's name, as the configuration has it. */
  readonly dataDevice?: string | null;
}

export function sourceOf(root: string | BaseSource): BaseSource {
  return typeof root === 'string' ? { root } : root;
}
