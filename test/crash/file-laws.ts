/**
 * What the data partition of an image holds, as the production code finds it.
 */
import type { Image } from './disk/image.ts';
import { Machine } from './disk/machine.ts';
import { simulatedCalls } from './disk/name-calls.ts';
import { readSimulated } from './disk/paths.ts';
import { require } from './laws.ts';
import { CONFIGS } from './node-config.ts';
import { withNode } from './simulated-node.ts';
import { DATA, NEW_ROOT } from './simulated-places.ts';

/** @returns null: nothing is there */
export function textAt(machine: Machine, path: string): string | null {
  return simulatedCalls(machine).existsSync(path) ? readSimulated(machine, path).toString('utf8') : null;
}

export function requireWhole(machine: Machine, path: string, allowed: readonly string[]): void {
  const calls = simulatedCalls(machine);
  const found = textAt(machine, path);
  require(found !== null && allowed.includes(found), `'${path}' holds ${JSON.stringify(found?.slice(0, 60) ?? found)}`);
  const { mode } = calls.statSync(path) ?? { mode: 0 };
  require((mode & 0o077) === 0, `'${path}' can be read by others: ${(mode & 0o7777).toString(8)}`);
}

interface UpperDigest {
  readonly hasBoth: boolean;
  readonly notes: string | null;
}

const digests = new WeakMap<Image, ReadonlyMap<string, UpperDigest>>();

/** The uppers of an image by their names. */
export function uppersIn(image: Image): ReadonlyMap<string, UpperDigest> {
  const known = digests.get(image) ?? lookForUppers(image);
  digests.set(image, known);
  return known;
}

function lookForUppers(image: Image): ReadonlyMap<string, UpperDigest> {
  return withNode(new Machine(image), { keeping: 'partition', bootId: '' }, ({ machine }) => {
    const calls = simulatedCalls(machine);
    machine.mounts.push({
      ...{
        point: DATA,
        inode: machine.roots.get('data') ?? 0,
        volume: 'data',
        type: 'ext4',
        source: '',
        options: ['ro'],
      },
    });
    const root = `${DATA}/lifeboot/upper`;
    const names = calls.existsSync(root) ? calls.readdirSync(root) : [];
    const notes = (name: string) => {
      const path = `${root}/${name}/upper/root/notes`;
      return calls.existsSync(path) ? readSimulated(machine, path).toString('utf8') : null;
    };
    const hasBoth = (name: string) => ['upper', 'work'].every((part) => calls.existsSync(`${root}/${name}/${part}`));
    return new Map(names.map((name) => [name, { hasBoth: hasBoth(name), notes: notes(name) }]));
  });
}

const copies = new WeakMap<Image, ReadonlyMap<string, string>>();

/** The identity files that a slot with nothing of its own would be given, by the production code. */
export function copiesIn(image: Image): ReadonlyMap<string, string> {
  const known = copies.get(image) ?? lookForCopies(image);
  copies.set(image, known);
  return known;
}

function lookForCopies(image: Image): ReadonlyMap<string, string> {
  const { config } = CONFIGS.partition;
  return withNode(new Machine(image), { keeping: 'partition', bootId: '', withData: true }, ({ machine, ports }) => {
    const { roots } = ports;
    const upper = { kind: 'tmpfs', upperId: 'x-x', device: config.upper.device, size: '25%', waitSeconds: 0 } as const;
    roots.mountUpper(upper);
    roots.assemble();
    const degraded = roots.placeIdentity(config.identity.files);
    require(degraded.length === 0, `identity: ${degraded.join('; ')}`);
    const calls = simulatedCalls(machine);
    const found = new Map<string, string>();
    const collect = (dir: string): void => {
      for (const name of calls.readdirSync(`${NEW_ROOT}/${dir}`)) {
        const path = `${dir}${name}`;
        const isDir = calls.statSync(`${NEW_ROOT}/${path}`)?.isDirectory() === true;
        if (isDir) collect(`${path}/`);
        else found.set(path, readSimulated(machine, `${NEW_ROOT}/${path}`).toString('utf8'));
      }
    };
    collect('');
    return found;
  });
}
