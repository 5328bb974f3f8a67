/**
 * The mount options of the root overlay.
 *
 * Pure. Every option whose default differs between kernels is pinned: an upper written with one set of features must
 * not be read with another. An option is only named where the kernel knows it, because an unknown one is refused.
 */
import { BootError } from '../errors.ts';

export interface OverlayLayers {
  /** Read-only directories, top first, relative to the directory from which `mount` runs. */
  readonly lower: readonly string[];
  readonly upper: string;
  readonly work: string;
}

/** mount(2) cuts its options silently at one page, ending zero included. */
const MAX_OPTIONS_BYTES = 4095;

/** Option, the kernel parameter that shows it is known. */
type Pinned = readonly (readonly [option: string, parameter: string])[];

const PINNED: Pinned = [
  ['index=off', 'index'],
  ['xino=auto', 'xino_auto'],
  ['metacopy=off', 'metacopy'],
  ['redirect_dir=on', 'redirect_dir'],
];

/** What is written will be a layer: a renamed directory has to be whole in it. */
const STAGED: Pinned = [
  ...PINNED.filter(([, parameter]) => parameter !== 'redirect_dir'),
  ['redirect_dir=off', 'redirect_dir'],
];

/**
 * @param parameters the names in `/sys/module/overlay/parameters`
 * @param kind `staged`: what is written becomes a layer
 * @throws BootError INTERNAL when the options would not fit, or a name would be read as more than one
 */
export function overlayOptions(
  layers: OverlayLayers,
  parameters: readonly string[],
  kind: 'kept' | 'staged' = 'kept',
): string {
  const names = [...layers.lower, layers.upper, layers.work];
  const unsafe = names.find((name) => !/^[A-Za-z0-9._/-]+$/.test(name));
  if (unsafe !== undefined) throw new BootError('INTERNAL', `overlay layer '${unsafe}' has a character with a meaning`);
  const pinned = (kind === 'kept' ? PINNED : STAGED)
    .filter(([, parameter]) => parameters.includes(parameter))
    .map(([option]) => option);
  const options = [
    `lowerdir=${layers.lower.join(':')}`,
    `upperdir=${layers.upper}`,
    `workdir=${layers.work}`,
    ...pinned,
  ].join(',');
  if (options.length > MAX_OPTIONS_BYTES) {
    throw new BootError('INTERNAL', `the overlay's options have ${options.length} bytes, ${MAX_OPTIONS_BYTES} fit`);
  }
  return options;
}
