/**
 * What a chain of layers shows of one name, and what of the base below it still has to be hidden.
 *
 * Pure: overlay's own rules (Documentation/filesystems/overlayfs.rst), from the top down. A directory goes on into the next
 * layer until one is opaque, or something that is no directory lies there.
 */

/** What a layer has of a name. */
export type LayerEntry = 'nothing' | 'whiteout' | 'dir' | 'opaque dir' | 'other';

export type Merged =
  | { readonly kind: 'nothing' }
  /** Deleted; whatever the base has of it is hidden. */
  | { readonly kind: 'whiteout' }
  | { readonly kind: 'other' }
  /** `layers`: those that contribute, top first. `reachesBase`: nothing hides what the base has in it. */
  | { readonly kind: 'dir'; readonly layers: readonly number[]; readonly reachesBase: boolean };

/** @param chain what each layer has, top first */
export function mergeEntries(chain: readonly LayerEntry[]): Merged {
  const layers: number[] = [];
  for (const [index, entry] of chain.entries()) {
    if (entry === 'nothing') continue;
    const isDir = entry === 'dir' || entry === 'opaque dir';
    if (!isDir && layers.length > 0) return { kind: 'dir', layers, reachesBase: false };
    if (!isDir) return entry === 'whiteout' ? { kind: 'whiteout' } : { kind: 'other' };
    layers.push(index);
    if (entry === 'opaque dir') return { kind: 'dir', layers, reachesBase: false };
  }
  return layers.length === 0 ? { kind: 'nothing' } : { kind: 'dir', layers, reachesBase: true };
}
