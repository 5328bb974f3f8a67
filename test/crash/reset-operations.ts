/**
 * Factory resets, cut at every step: in the end all of one is done, nothing that it put aside is lost, and the identity of
 * the node is there.
 */
import { boot } from '../../src/app/boot.ts';
import { formatAction, type ResetAction } from '../../src/core/reset/reset-action.ts';
import { formatRecord } from '../../src/core/reset/reset-record.ts';
import type { Image } from './disk/image.ts';
import { Machine } from './disk/machine.ts';
import { simulatedCalls } from './disk/name-calls.ts';
import { readSimulated } from './disk/paths.ts';
import { textAt } from './file-laws.ts';
import { require } from './laws.ts';
import { type SimulatedNode, withNode } from './simulated-node.ts';
import { DATA } from './simulated-places.ts';
import { dirs, FILES, requireRootFiles, requireUndegraded, type StoreOperation, version } from './store-operations.ts';
import type { Tree } from './worlds.ts';

const STORE = `${DATA}/lifeboot`;
const UPPERS = ['a-a1', 'b-b1', 'a-older'];

/** What a node has written: uppers, a persistent directory, and identity files that only the upper of slot a holds. */
function written(count: number, name: string): Tree {
  const uppers = UPPERS.flatMap((upper) => [
    [`upper/${upper}/work/`, ''],
    [`upper/${upper}/upper/etc/hostname`, version(upper, `etc ${name}`, count)],
    [`upper/${upper}/upper/root/notes`, version(upper, `notes ${name}`, count)],
  ]);
  const persist = [['persist/var/lib/data', version('var', `persist ${name}`, count)]];
  return Object.fromEntries([...uppers, ...persist].map(([path, text]) => [path ?? '', text ?? '']));
}

const own = (count: number): Tree =>
  Object.fromEntries(FILES.map((path) => [`upper/a-a1/upper/${path}`, version(path, 'own', count)]));

const inStore = (tree: Tree): Tree =>
  Object.fromEntries(Object.entries(tree).map(([path, text]) => [`lifeboot/${path}`, text]));

const filesOf = (tree: Tree): readonly (readonly [string, string])[] =>
  Object.entries(tree).filter(([path]) => !path.endsWith('/'));

/** Every file of the store, by its path in it. */
export function storeIn(image: Image): ReadonlyMap<string, string> {
  return withNode(new Machine(image), { keeping: 'partition', bootId: '' }, ({ machine }) => {
    const calls = simulatedCalls(machine);
    const inode = machine.roots.get('data') ?? 0;
    machine.mounts.push({ point: DATA, inode, volume: 'data', type: 'ext4', source: '', options: ['ro'] });
    const found = new Map<string, string>();
    const collect = (dir: string): void => {
      for (const name of calls.readdirSync(`${STORE}/${dir}`)) {
        const path = `${dir}${name}`;
        if (calls.statSync(`${STORE}/${path}`)?.isDirectory() === true) collect(`${path}/`);
        else found.set(path, readSimulated(machine, `${STORE}/${path}`).toString('utf8'));
      }
    };
    collect('');
    return found;
  });
}

/** Each file is at its old place or at its new one, whole. */
function requireNothingLost(image: Image, files: Tree, placesOf: (path: string) => readonly string[]): void {
  const store = storeIn(image);
  for (const [path, text] of filesOf(files)) {
    const isThere = placesOf(path).some((place) => store.get(place) === text);
    require(isThere, `'${path}' is neither at its place nor put aside`);
  }
}

function requireDone(node: SimulatedNode, action: ResetAction): void {
  requireUndegraded(node);
  const { done = [] } = node.ports.run.readBootInfo() ?? {};
  require(done.join() === formatAction(action), `the boot has found '${done.join()}' done`);
}

function requireAt(node: SimulatedNode, path: string, text: string | null): void {
  const found = textAt(node.machine, `${STORE}/${path}`);
  require(found === text, `'${path}' holds ${JSON.stringify(found?.slice(0, 40) ?? null)}`);
}

const goes = { etc: /\/upper\/etc\//, upper: /^upper\//, all: /^(upper|persist)\// } as const;

function reset(level: keyof typeof goes): StoreOperation {
  const action = { kind: 'reset', id: 'asked', level, forgetIdentity: false } as const;
  return {
    data: (count) => ({ ...dirs, ...inStore({ ...written(count, 'old'), ...own(count) }) }),
    state: () => ({ pending: ['of a newer release', formatAction(action)] }),
    run: (node) => void boot(node.ports),
    check: (image, _marks, { start }) => {
      const before = Object.fromEntries(storeIn(start));
      requireNothingLost(image, before, (path) => [path, `reset-1/${path}`]);
    },
    look(node, count) {
      requireDone(node, action);
      for (const [path, text] of filesOf(written(count, 'old'))) {
        const isGone = goes[level].test(path);
        requireAt(node, `reset-1/${path}`, isGone ? text : null);
        requireAt(node, path, isGone ? null : text);
      }
      requireRootFiles(node, [version, 'own'], count);
    },
  };
}

const UNDO = { kind: 'undo', id: 'asked-back', target: null } as const;
const PUT = [...UPPERS.map((name) => `upper/${name}`), 'persist/var'];

const undone: StoreOperation = {
  data(count) {
    const record = formatRecord({ id: 'asked', level: 'all', put: PUT, back: [], from: null });
    const aside = Object.entries(written(count, 'old')).map(([path, text]) => [`reset-1/${path}`, text]);
    return {
      ...dirs,
      ...inStore({ 'reset-1/manifest.json': record, 'reset-1/done': 'asked\n', ...Object.fromEntries(aside) }),
      ...inStore(written(count, 'new')),
    };
  },
  state: () => ({ pending: [formatAction(UNDO)] }),
  run: (node) => void boot(node.ports),
  check(image, _marks, { start }) {
    const before = Object.fromEntries([...storeIn(start)].filter(([path]) => /upper\/|persist\//.test(path)));
    const isOld = (path: string): boolean => path.startsWith('reset-1/');
    requireNothingLost(image, before, (path) => [path, isOld(path) ? path.slice(8) : `reset-2/${path}`]);
  },
  look(node, count) {
    requireDone(node, UNDO);
    for (const [path, text] of filesOf(written(count, 'old'))) requireAt(node, path, text);
    for (const [path, text] of filesOf(written(count, 'new'))) requireAt(node, `reset-2/${path}`, text);
  },
};

export const RESET_OPERATIONS: Readonly<Record<string, StoreOperation>> = {
  'factory reset of /etc': reset('etc'),
  'factory reset of uppers': reset('upper'),
  'factory reset of everything': reset('all'),
  'factory reset undone': undone,
};
