/**
 * Names in the store on the data partition: `lifeboot/upper/<slot>-<id>`, `lifeboot/persist/<name>`, `lifeboot/identity/<path>`.
 *
 * Pure. A persistent directory has one flat name (`/var/lib/docker` is `var-lib-docker`, as systemd-escape writes
 * it): if the store were nested, `/var` beside an older `/var/lib/docker` would be taken for one that was filled.
 */
import { BootError } from '../errors.ts';

export const STORE = 'lifeboot';

/** Identity copies, by their path in the root; with `-old`: those before the last renewal. */
export const IDENTITY = 'identity';

/** Everything that the store knows of identity files. */
export const IDENTITY_TREES = [IDENTITY, `${IDENTITY}-old`, `${IDENTITY}-saved`] as const;

/** `reset-<n>`: what a factory reset has put aside. @returns n; null: it is something else */
export function resetNumber(name: string): number | null {
  const [, digits] = /^reset-([0-9]{1,9})$/.exec(name) ?? [];
  return digits === undefined ? null : Number(digits);
}

/** `layers/<digest>.erofs`, `layers/<digest>.sqfs`, or a directory `layers/<digest>`; relative to the store. */
export function layerPath({ digest, form }: { readonly digest: string; readonly form: string }): string {
  return `layers/${digest}${form === 'dir' ? '' : `.${form}`}`;
}

/** Relative to the store. */
export function manifestPath(deploymentId: string): string {
  return `deployments/${deploymentId}.json`;
}

/** Relative to the store: which deployment each slot has, and what a snapshot in progress has locked. */
export const PAIR_PATH = 'snapshots/pair.json';

/** Relative to the store. */
export function snapshotPath(number: number): string {
  return `snapshots/${number}.json`;
}

/** What package managers know of the system that they have changed: part of a deployment, not of what slots share. */
export const PACKAGE_DIRS: readonly string[] = ['/var/lib/dpkg', '/var/lib/rpm', '/var/lib/pacman', '/var/lib/apt'];

/** The directory name of the upper of a slot's deployment. */
export function upperName(upperId: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(upperId)) {
    throw new BootError('INTERNAL', `upper id '${upperId}' cannot name a directory`);
  }
  return upperId;
}

/**
 * Which uppers of a slot are not needed any more, now that it has a new one: all but the one that was used last, which
 * is kept in case its base comes back.
 * @param names `SLOT-DEPLOYMENT`, of all slots, the last used first
 */
export function retiredUppers(names: readonly string[], current: string): readonly string[] {
  const slotOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('-')));
  return names.filter((name) => name !== current && slotOf(name) === slotOf(current)).slice(1);
}

/**
 * An absolute path in its shortest spelling.
 * @throws BootError CONFIG when it is not absolute, is `/` itself, or climbs
 */
export function cleanPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (!path.startsWith('/') || parts.length === 0 || parts.includes('..') || path.includes('\0')) {
    throw new BootError('CONFIG', `'${path}' is not an absolute path below the root`);
  }
  return `/${parts.join('/')}`;
}

/** The directory name of a persistent path. */
export function persistName(path: string): string {
  const escaped = cleanPath(path)
    .slice(1)
    .replace(/[^A-Za-z0-9:_./]/g, (char) =>
      [...Buffer.from(char)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
    );
  return (escaped.startsWith('.') ? `\\x2e${escaped.slice(1)}` : escaped).replaceAll('/', '-');
}

/**
 * A pattern for the last components of paths: `*` and `?` match within one component, and no leading dot.
 * @returns null when `name` holds neither
 */
export function globPattern(name: string): RegExp | null {
  if (!/[*?]/.test(name)) return null;
  const source = name
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  return new RegExp(`^${/^[*?]/.test(name) ? '(?!\\.)' : ''}${source}$`);
}
