/**
 * Mounts the layers of a deployment, each at a short name, so that the names of hundreds fit in one page of options.
 *
 * Invariant: nothing is believed but mountinfo. All of them are mounted by one run of `mount`, because each run costs
 * milliseconds of a boot; what is not there afterwards is tried again alone, for its reason. A layer that was cut short
 * still mounts, and its files fail when they are read: so the size is compared first.
 */
import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BootError } from '../../core/errors.ts';
import { type MountEntry, mountAt } from '../../core/root/mountinfo.ts';
import { layerPath } from '../../core/root/store-names.ts';
import type { Layer, LayerForm } from '../../core/store/deployment.ts';
import { loadLoop } from '../root/load-loop.ts';
import { bindMount, mount, mountEntries } from '../root/mounting.ts';
import { errorCode, tryTool } from '../root/tools.ts';

const ALL_LIMIT_MS = 90_000;

const TYPES: Readonly<Record<Exclude<LayerForm, 'dir'>, string>> = { erofs: 'erofs', sqfs: 'squashfs' };

interface Place {
  readonly layer: Layer;
  readonly source: string;
  readonly point: string;
}

/**
 * @param layers lowest first; @param store `lifeboot/` on the data partition; @param dir where they go
 * @returns the names in `dir`, top first. Whoever calls unmounts what is below `dir`, also after an error.
 * @throws BootError ABSENT for a layer that is not there, CONTENT for a damaged one, IO
 */
export function mountLayers(layers: readonly Layer[], store: string, dir: string): readonly string[] {
  const places = layers.toReversed().map((layer, index) => {
    const place = { layer, source: join(store, layerPath(layer)), point: join(dir, String(index)) };
    requireWhole(place);
    mkdirSync(place.point, { recursive: true });
    return place;
  });
  if (layers.some(({ form }) => form !== 'dir')) loadLoop();
  mountTogether(places, dir);
  const entries = mountEntries();
  for (const place of places) {
    if (mountAt(entries, place.point) === undefined) mountAlone(place);
  }
  const shown = mountEntries();
  for (const place of places) requireMounted(place, shown);
  return places.map((_, index) => String(index));
}

function requireWhole({ layer, source }: Place): void {
  const name = `layer '${layerPath(layer)}'`;
  try {
    // Through a link anything could be mounted, from wherever it leads.
    const found = lstatSync(source);
    if (lstatSync(dirname(source)).isSymbolicLink()) throw new BootError('CONTENT', `${name} lies behind a link`);
    const isOfForm = layer.form === 'dir' ? found.isDirectory() : found.isFile();
    if (!isOfForm) throw new BootError('CONTENT', `${name} is not a ${layer.form === 'dir' ? 'directory' : 'file'}`);
    if (layer.form === 'dir' || found.size === layer.sizeBytes) return;
    throw new BootError('CONTENT', `${name} has ${found.size} bytes, not ${layer.sizeBytes}`, {
      hint: "'lifeboot store verify' reads all of them",
    });
  } catch (error) {
    if (error instanceof BootError) throw error;
    if (errorCode(error) === 'ENOENT') throw new BootError('ABSENT', `${name} is missing`);
    throw new BootError('IO', `cannot read ${name}`, { cause: error });
  }
}

/** One line of fstab(5) for each. What fails here is tried again. */
function mountTogether(places: readonly Place[], dir: string): void {
  if (places.length < 2) return;
  const table = `${dir}.fstab`;
  const lines = places.map(({ layer, source, point }) => {
    const [type, options] = layer.form === 'dir' ? ['none', 'bind'] : [TYPES[layer.form], 'ro,loop'];
    return `${escaped(source)} ${escaped(point)} ${type} ${options} 0 0\n`;
  });
  writeFileSync(table, lines.join(''));
  tryTool(['mount', '-a', '-T', table], { timeoutMs: ALL_LIMIT_MS });
  rmSync(table);
}

function escaped(path: string): string {
  return path.replace(/[\s\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

function mountAlone({ layer, source, point }: Place): void {
  if (layer.form === 'dir') bindMount(source, point);
  else mount({ type: TYPES[layer.form], source, target: point, options: 'ro,loop' });
}

/** Each name has its own entry, of the very image that was asked for. */
function requireMounted({ layer, source, point }: Place, entries: readonly MountEntry[]): void {
  const entry = mountAt(entries, point);
  const name = `layer '${layerPath(layer)}'`;
  if (entry === undefined) throw new BootError('IO', `${name} is not mounted`);
  if (layer.form === 'dir') {
    if (entry.root.endsWith(`/${layerPath(layer)}`)) return;
    throw new BootError('IO', `'${entry.root}' is mounted in the place of ${name}`);
  }
  const image = backingFile(entry) ?? entry.source;
  if (entry.type === TYPES[layer.form] && image === source) return;
  throw new BootError('IO', `'${image}' (${entry.type}) is mounted in the place of ${name}`);
}

/** @returns the file behind a loop device; null: it is mounted without one */
function backingFile({ device }: MountEntry): string | null {
  try {
    return readFileSync(`/sys/dev/block/${device}/loop/backing_file`, 'utf8').trimEnd();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw new BootError('IO', `cannot tell what is behind device ${device}`, { cause: error });
  }
}
