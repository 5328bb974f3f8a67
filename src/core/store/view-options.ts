/**
 * The mount options of a read-only view of layers, by which their content is read as a booted root would show it.
 *
 * Pure. Every option is pinned where the kernel knows it, as for the root itself.
 */

export interface ViewLayers {
  /** Top first, relative to the directory from which `mount` runs; at least two. */
  readonly lower: readonly string[];
  /** Some files have their content in another layer than their name. */
  readonly hasMetacopy: boolean;
}

/** @param parameters the names in `/sys/module/overlay/parameters` */
export function viewOptions({ lower, hasMetacopy }: ViewLayers, parameters: readonly string[]): string {
  const pinned: readonly (readonly [option: string, parameter: string])[] = [
    ['index=off', 'index'],
    ['xino=auto', 'xino_auto'],
    ['redirect_dir=follow', 'redirect_dir'],
    [`metacopy=${hasMetacopy ? 'on' : 'off'}`, 'metacopy'],
  ];
  const known = pinned.filter(([, parameter]) => parameters.includes(parameter)).map(([option]) => option);
  return ['ro', `lowerdir=${lower.join(':')}`, ...known].join(',');
}
