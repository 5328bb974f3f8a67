/**
 * Everything that writes files: uppers, persistent directories, identity copies, the file of the state.
 *
 * The whole boot or confirm runs; the cuts that count are those after its state is saved, in the part that writes files.
 */
import { boot } from '../../src/app/boot.ts';
import { confirmWait } from '../../src/app/confirm.ts';
import { initState } from '../../src/app/state-verbs.ts';
import type { BootState } from '../../src/core/state/state.ts';
import type { Recorded, Scenario } from './crash-run.ts';
import { seeded } from './disk/cuts.ts';
import type { Image } from './disk/image.ts';
import { simulatedCalls } from './disk/name-calls.ts';
import { copiesIn, requireWhole, textAt, uppersIn } from './file-laws.ts';
import { require } from './laws.ts';
import type { NodeOptions, SimulatedNode } from './simulated-node.ts';
import { NEW_ROOT } from './simulated-places.ts';
import { THIS_BOOT } from './state-operations.ts';
import { startOf } from './states.ts';
import { makeWorld, type Tree } from './worlds.ts';

export interface StoreOperation {
  /** What the data partition holds before. */
  readonly data: (count: number) => Tree;
  /** What the boot state holds besides. */
  readonly state?: (count: number) => Partial<BootState>;
  readonly options?: Partial<NodeOptions>;
  /** Boots first, and changes the running root. */
  readonly inside?: (node: SimulatedNode, count: number) => void;
  readonly run: (node: SimulatedNode) => void;
  readonly check?: (image: Image, marks: readonly string[], recorded: Recorded) => void;
  readonly look?: (node: SimulatedNode, count: number) => void;
}

export const FILES = ['etc/lifeboot/known_hosts', 'etc/lifeboot/tunnel_key', 'etc/machine-id', 'etc/ssh/ssh_host_rsa'];

/** One version of an identity file: a name at its head and its end, so that a torn one shows, and some sectors. */
export function version(path: string, name: string, count: number): string {
  const random = seeded(path.length * 31 + name.length + count);
  const lines = Array.from({ length: 4 + ((count * 7 + path.length) % 40) }, () => random().toString(36).slice(2));
  return `begin ${path} ${name}\n${lines.join('\n')}\nend ${path} ${name}\n`;
}

function identity(dir: string, name: string, count: number): Tree {
  return Object.fromEntries(FILES.map((path) => [`lifeboot/${dir}/${path}`, version(path, name, count)]));
}

export const dirs: Tree = {
  'lifeboot/tmp/': '',
  'lifeboot/upper/': '',
  'lifeboot/persist/': '',
  'lifeboot/identity/': '',
};

export function upperOf(name: string, count: number): Tree {
  const place = `lifeboot/upper/${name}`;
  return {
    [`${place}/work/`]: '',
    [`${place}/upper/etc/hostname`]: `${name}\n`,
    [`${place}/upper/root/notes`]: version('notes', name, count),
  };
}

function varTree(name: string, count: number): Tree {
  const files = Array.from({ length: 3 + (count % 4) }, (_, index) => `var/lib/part${index}/data`);
  return Object.fromEntries(
    files.map((path) => [`lifeboot/upper/${name}/upper/${path}`, version(path, 'seed', count + path.length)]),
  );
}

const older = (count: number): Tree => ({
  ...upperOf('a-older', count),
  ...upperOf('b-older', count),
  ...upperOf('r-older', count),
});
const oldest = (count: number): Tree => ({
  ...upperOf('a-oldest', count),
  ...upperOf('b-oldest', count),
  ...older(count),
});
const allUppers = (count: number): Tree => ({
  ...upperOf('a-a1', count),
  ...upperOf('b-b1', count),
  ...upperOf('r-r1', count),
});
const allVars = (count: number): Tree => ({
  ...varTree('a-a1', count),
  ...varTree('b-b1', count),
  ...varTree('r-r1', count),
});
const bootOnce = (node: SimulatedNode): void => void boot(node.ports);

export const STORE_OPERATIONS: Readonly<Record<string, StoreOperation>> = {
  'upper made': {
    data: (count) => (count % 3 === 0 ? {} : { ...dirs, ...(count % 3 === 1 ? older(count) : oldest(count)) }),
    run: bootOnce,
    check: (image, _marks, { start }) => requireUppers(image, start),
    look: (node) => requireUndegraded(node),
  },
  'persistent directory made': {
    data: (count) => ({ ...dirs, ...allUppers(count), ...allVars(count) }),
    run: bootOnce,
    check: (image, _marks, { start }) => requireUppers(image, start),
    look: (node, count) => requireSeeded(node, count),
  },
  'identity placed': {
    data: (count) => ({ ...dirs, ...allUppers(count), ...identity('identity', 'kept', count) }),
    run: bootOnce,
    check: (image, _marks, { start }) => requireUppers(image, start),
    look: (node, count) => requireRootFiles(node, [version, 'kept'], count),
  },
  'identity kept': {
    data: (count) => ({
      ...dirs,
      ...allUppers(count),
      ...(count % 4 === 0 ? {} : identity('identity', 'old', count)),
      ...(count % 4 === 1 ? identity('identity-old', 'older', count) : {}),
    }),
    // Every third one is kept a second time: then the copy before it goes.
    inside(node, count) {
      renew(node, count);
      if (count % 3 === 2) node.ports.saveIdentity(node.ports.config.load().config.identity.files);
    },
    run: (node) => void confirmWait(node.ports),
    check: (image, marks, recorded) => requireCopies(image, marks, recorded),
    // The slot itself keeps its own, which is newer than any copy that a cut may have left behind.
    look: (node, count) => requireRootFiles(node, [version, 'new'], count),
  },
};

/** New keys in the running root, on its disk. */
function renew({ machine }: SimulatedNode, count: number): void {
  const calls = simulatedCalls(machine);
  for (const path of FILES) {
    calls.mkdirSync(`${NEW_ROOT}/${path}`.replace(/\/[^/]*$/, ''), { recursive: true });
    calls.writeFileSync(`${NEW_ROOT}/${path}`, version(path, 'new', count), { mode: 0o600 });
  }
}

/** Uppers are whole; those that were there keep what they hold, and only what nobody will use again goes. */
function requireUppers(image: Image, start: Image): void {
  const before = uppersIn(start);
  const now = uppersIn(image);
  for (const [name, { hasBoth }] of now) require(hasBoth, `upper ${name} has its name and is not whole`);
  for (const [name, { notes }] of before) {
    const left = now.get(name);
    if (left === undefined) require(name.endsWith('-oldest'), `upper ${name} is gone`);
    else require(left.notes === notes, `upper ${name} has lost what it held`);
  }
}

export function requireUndegraded({ ports }: SimulatedNode): void {
  const degraded = ports.run.readBootInfo()?.degraded ?? [];
  require(degraded.length === 0, `the boot after a cut is degraded: ${degraded.join('; ')}`);
}

function requireSeeded(node: SimulatedNode, count: number): void {
  requireUndegraded(node);
  for (const path of Object.keys(varTree('a-a1', count)).map((name) => name.replace(/^.*upper\/var/, 'var'))) {
    const text = textAt(node.machine, `${NEW_ROOT}/${path}`);
    require(text === version(path, 'seed', count + path.length), `'/${path}' is not what the root had there`);
  }
}

export function requireRootFiles(node: SimulatedNode, [make, name]: [typeof version, string], count: number): void {
  requireUndegraded(node);
  for (const path of FILES) {
    requireWhole(node.machine, `${NEW_ROOT}/${path}`, [make(path, name, count)]);
  }
}

/** A slot that has nothing of its own gets each file whole: an older version until the renewal is done, then the new one. */
function requireCopies(image: Image, marks: readonly string[], { start, end }: Recorded): void {
  const isDone = marks.includes('done');
  const [old, now, renewed] = [copiesIn(start), copiesIn(image), copiesIn(end)];
  for (const path of FILES) {
    const allowed = [old.get(path), renewed.get(path)];
    const found = now.get(path);
    require(allowed.includes(found), `'/${path}' would be brought in as ${JSON.stringify(found?.slice(0, 60))}`);
    if (isDone) require(found === renewed.get(path), `the renewed copy of '/${path}' is lost after it was kept`);
  }
}

export function storeScenario(name: string, operation: StoreOperation, seed: number, count: number): Scenario {
  const { data, state, options = {}, inside, run, check, look } = operation;
  const start = startOf(seed, count % 2 === 0 ? 0 : 1, data(count), undefined, state?.(count));
  const prepare = (node: SimulatedNode): void => {
    boot(node.ports);
    inside?.(node, count);
  };
  return {
    title: `${name} (${seed}/${count})`,
    image: start.image,
    options: { keeping: start.keeping, bootId: THIS_BOOT, withData: true, ...options },
    ...(inside === undefined ? {} : { prepare }),
    from: inside === undefined ? 'saved 1' : 'saved 2',
    run(node) {
      run(node);
      node.machine.mark('done');
    },
    ...(check === undefined ? {} : { check }),
    ...(look === undefined ? {} : { look: (node) => look(node, count) }),
  };
}

/** `state init` where there is no file for it yet, or on a partition that held something else. */
export function initScenario(seed: number, count: number): Scenario {
  const keeping = count % 3 === 0 ? 'file' : 'partition';
  const random = seeded(seed * 100 + count);
  const junk = Uint8Array.from({ length: 65_536 }, () => Math.floor(random() * 256));
  const image = makeWorld({ keeping, medium: keeping === 'file' ? null : junk, data: { 'lifeboot/tmp/': '' } });
  const request = { good: count % 2 === 0 ? 'a' : null, force: false, dryRun: false };
  return {
    title: `state init on a ${keeping} (${seed}/${count})`,
    image,
    options: { keeping, bootId: THIS_BOOT },
    run: (node) => void initState(node.ports, request),
    again: (node) => void initState(node.ports, request),
  };
}
