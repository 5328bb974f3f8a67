/** Which of its uppers a deployment has in use, by the pair. */
import { NO_PAIR, type Pair, upperNameOf, upperRefOf } from '../../core/store/pair.ts';
import { readPair } from '../store/store-files.ts';

/** A deployment of which snapshots were taken has several uppers, of which one is the slot's. @returns its name */
export function upperInUse(name: string, store: string): string {
  const slot = name.slice(0, Math.max(0, name.lastIndexOf('-')));
  return upperNameOf(name, upperRefOf(pairIn(store), slot));
}

function pairIn(store: string): Pair {
  try {
    return readPair(store) ?? NO_PAIR;
  } catch {
    // A damaged one must not keep a reset from being done: then every upper counts as it did without one.
    return NO_PAIR;
  }
}
