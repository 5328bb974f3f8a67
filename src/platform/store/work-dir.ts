/**
 * A place in `tmp/` for as long as a layer is made: whatever a power cut leaves there may be deleted.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BootError, describeError } from '../../core/errors.ts';
import { unmountBelow } from '../root/mounting.ts';

/**
 * @returns what `make` returns
 * @throws BootError REFUSED when the disk is full, IO; whatever `make` throws
 */
export function withWorkDir<T>(store: string, make: (work: string) => T): T {
  let work: string | null = null;
  try {
    mkdirSync(join(store, 'tmp'), { recursive: true, mode: 0o700 });
    work = mkdtempSync(join(store, 'tmp', 'layer-'));
    return make(work);
  } catch (cause) {
    throw asBootError(cause, store);
  } finally {
    if (work !== null) {
      unmountBelow([work]);
      rmSync(work, { recursive: true, force: true });
    }
  }
}

function asBootError(cause: unknown, store: string): BootError {
  const said = describeError(cause);
  if (/ENOSPC|EDQUOT|No space left|Disk quota|Error 28\]/.test(said)) {
    return new BootError('REFUSED', `there is no room for the layer in '${store}'`, {
      cause,
      hint: "free some: 'lifeboot cleanup', or delete what is not needed on the data partition",
    });
  }
  if (cause instanceof BootError) return cause;
  return new BootError('IO', `cannot write the layer in '${store}'`, { cause });
}
