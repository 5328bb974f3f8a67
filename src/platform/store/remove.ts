/** Deletes trees of the store, whatever names they hold. */
import { join } from 'node:path';
import { runTool, tryTool } from '../root/tools.ts';
import { namesIn } from './store-files.ts';

const LIMIT_MS = 600_000;

/** `rm` also takes names that are no text. */
export function remove(path: string): void {
  runTool(['rm', '-rf', '--one-file-system', '--', path], { timeoutMs: LIMIT_MS });
}

/**
 * All that is in `tmp/` may be deleted, by whoever knows that nobody works there. Into what is being deleted a tool may
 * still write whose lifeboot was killed: the next call deletes that.
 */
export function clearLeftovers(store: string): void {
  const places = namesIn(join(store, 'tmp')).map((name) => join(store, 'tmp', name));
  if (places.length === 0) return;
  tryTool(['rm', '-rf', '--one-file-system', '--', ...places], { timeoutMs: LIMIT_MS });
}
