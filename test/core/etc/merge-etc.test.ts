import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type EtcEntry,
  type EtcTree,
  formatTree,
  isSameEntry,
  parentOf,
  parseTree,
} from '../../../src/core/etc/etc-tree.ts';
import { describeConflict, type EtcMerge, type EtcSides, mergeEtc } from '../../../src/core/etc/merge-etc.ts';
import { spec } from '../../support/spec.ts';

const rights = { mode: 0o644, uid: 0, gid: 0 };
const file = (digest: string): EtcEntry => ({ ...rights, kind: 'file', digest });
const link = (target: string): EtcEntry => ({ ...rights, kind: 'link', target });
const dir: EtcEntry = { mode: 0o755, uid: 0, gid: 0, kind: 'dir' };

/** `x` is a file, `x/` a directory: by content, or as an entry. */
function tree(entries: Readonly<Record<string, string | EtcEntry>>): EtcTree {
  const all: [string, EtcEntry][] = Object.entries(entries).map(([path, entry]) =>
    path.endsWith('/') ? [path.slice(0, -1), dir] : [path, typeof entry === 'string' ? file(entry) : entry],
  );
  return new Map([['', dir], ...all]);
}

/** What overlay shows of the new deployment under the layer that the actions make. */
function shown({ actions }: EtcMerge, next: EtcTree): EtcTree {
  const result = new Map(next);
  const drop = (path: string): void => {
    for (const each of [...result.keys()]) if (each === path || each.startsWith(`${path}/`)) result.delete(each);
  };
  const layer = new Set<string>();
  for (const action of actions) {
    const { path } = action;
    const parent = parentOf(action.do === 'beside' ? action.as : path);
    assert.ok(parent === null || layer.has(parent), `${action.do} '${path}' before its directory`);
    if (action.do === 'dir') {
      layer.add(path);
      if (result.get(path)?.kind !== 'dir') drop(path);
      result.set(path, action.entry);
    } else if (action.do === 'hide') {
      assert.ok(result.has(path), `'${path}' is hidden, and nothing is there`);
      drop(path);
    } else {
      if (action.do === 'keep') drop(path);
      result.set(action.do === 'beside' ? action.as : path, action.entry);
    }
  }
  return result;
}

function merged(sides: EtcSides): Readonly<Record<string, string>> {
  const after = shown(mergeEtc(sides), sides.next);
  return Object.fromEntries(
    [...after].flatMap(([path, entry]) => (entry.kind === 'file' ? [[path, entry.digest]] : [])),
  );
}

const conflictsOf = (sides: EtcSides): readonly string[] => mergeEtc(sides).conflicts.map(describeConflict);

spec('mergeEtc()', {
  'takes what only one side changed, and nothing for what neither did': () => {
    const base = tree({ same: '1', mine: '1', theirs: '1', gone: '1', dropped: '1' });
    const local = tree({ same: '1', mine: '2', theirs: '1', dropped: '1', added: '2' });
    const next = tree({ same: '1', mine: '1', theirs: '3', gone: '1', new: '3' });
    assert.deepEqual(merged({ base, local, next }), { same: '1', mine: '2', theirs: '3', added: '2', new: '3' });
    assert.deepEqual(conflictsOf({ base, local, next }), []);
    const paths = mergeEtc({ base, local, next }).actions.map((action) => `${action.do} ${action.path}`);
    assert.deepEqual(paths, ['dir ', 'keep added', 'hide gone', 'keep mine']);
  },
  'makes nothing where nothing was changed here': () => {
    const base = tree({ 'a/': '', 'a/x': '1' });
    assert.deepEqual(mergeEtc({ base, local: base, next: tree({ b: '2' }) }), { actions: [], conflicts: [] });
  },
  'keeps both where both changed it, and names the conflict': () => {
    const sides = { base: tree({ 'd/': '', 'd/x': '1' }), local: tree({ 'd/': '', 'd/x': '2' }) };
    const both = { ...sides, next: tree({ 'd/': '', 'd/x': '3' }) };
    assert.deepEqual(merged(both), { 'd/x': '2', 'd/x.lifeboot-new': '3' });
    assert.deepEqual(conflictsOf(both), [
      "'/etc/d/x' was changed here and changed in the new deployment: yours is kept, the new one is '/etc/d/x.lifeboot-new'",
    ]);
    const dropped = { ...sides, next: tree({ 'd/': '' }) };
    assert.deepEqual(merged(dropped), { 'd/x': '2' });
    assert.match(conflictsOf(dropped).join(), /changed here and deleted in the new deployment: yours is kept$/);
  },
  'honours a deletion, also of what the new deployment changed': () => {
    const sides = { base: tree({ x: '1' }), local: tree({}), next: tree({ x: '2' }) };
    assert.deepEqual(merged(sides), {});
    assert.match(conflictsOf(sides).join(), /deleted here and changed .*: it stays deleted$/);
  },
  'is no conflict when both did the same': () => {
    const sides = { base: tree({ x: '1', y: '1' }), local: tree({ x: '2' }), next: tree({ x: '2' }) };
    assert.deepEqual(mergeEtc(sides), { actions: [], conflicts: [] });
  },
  'keeps a deleted directory for what is new in it, and hides the rest': () => {
    const base = tree({ 'd/': '', 'd/x': '1' });
    const sides = { base, local: tree({}), next: tree({ 'd/': '', 'd/x': '1', 'd/new': '2' }) };
    assert.deepEqual(merged(sides), { 'd/new': '2' });
  },
  'hides a deleted directory as one name': () => {
    const base = tree({ 'd/': '', 'd/x': '1', 'd/y': '1' });
    const { actions } = mergeEtc({ base, local: tree({}), next: base });
    assert.deepEqual(
      actions.map((action) => `${action.do} ${action.path}`),
      ['dir ', 'hide d'],
    );
  },
  'lets a file of the node stand where the new deployment has a directory, and the other way round': () => {
    const base = tree({ 'd/': '', 'd/x': '1', f: '1' });
    const local = tree({ d: 'mine', 'f/': '', 'f/x': 'mine' });
    assert.deepEqual(merged({ base, local, next: base }), { d: 'mine', 'f/x': 'mine' });
  },
  'keeps a directory for what the node has put there, though the new deployment has a link in its place': () => {
    const base = tree({ 'd/': '', 'd/x': '1' });
    const sides = { base, local: tree({ 'd/': '', 'd/x': '1', 'd/mine': '2' }), next: tree({ d: link('e') }) };
    assert.deepEqual(merged(sides), { 'd/mine': '2' });
    assert.deepEqual(conflictsOf(sides), [
      "'/etc/d' was changed here and changed in the new deployment: yours is kept",
    ]);
    assert.deepEqual(merged({ ...sides, next: tree({}) }), { 'd/mine': '2' });
  },
  'sees rights, owners and the targets of links as changes': () => {
    const base = tree({ m: '1', o: '1', l: link('a') });
    const local = tree({ m: { ...file('1'), mode: 0o600 }, o: { ...file('1'), uid: 7 }, l: link('b') });
    const { actions } = mergeEtc({ base, local, next: base });
    assert.deepEqual(
      actions.map(({ path }) => path),
      ['', 'l', 'm', 'o'],
    );
  },
  'shows at each path what the rule says, whatever the three trees are': () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const entry = fc.oneof(
      fc.constantFrom('1', '2', '3').map(file),
      fc.constantFrom('1', '2').map(link),
      fc.constantFrom(0o755, 0o700).map((mode): EtcEntry => ({ ...dir, mode })),
    );
    const anyTree = fc
      .array(fc.tuple(fc.array(name, { minLength: 1, maxLength: 3 }), entry), { maxLength: 12 })
      .map((list) => {
        const result = new Map<string, EtcEntry>([['', dir]]);
        for (const [parts, each] of list) {
          const path = parts.join('/');
          if (!result.has(path) && result.get(parentOf(path) ?? '')?.kind === 'dir') result.set(path, each);
        }
        return result as EtcTree;
      });
    fc.assert(
      fc.property(anyTree, anyTree, anyTree, (base, local, next) => {
        const merge = mergeEtc({ base, local, next });
        const after = shown(merge, next);
        for (const [path, found] of after) {
          const parent = parentOf(path);
          assert.ok(parent === null || after.get(parent)?.kind === 'dir', `'${path}' is in no directory`);
          const [was, mine, theirs] = [base.get(path), local.get(path), next.get(path)];
          if (path.endsWith('.lifeboot-new') || found.kind === 'dir') continue;
          assert.ok(isSameEntry(found, isSameEntry(mine, was) ? theirs : mine), `'${path}'`);
        }
        for (const [path, mine] of local) {
          const isChanged = !isSameEntry(mine, base.get(path));
          if (isChanged && mine.kind !== 'dir') assert.ok(isSameEntry(after.get(path), mine), `'${path}' is lost`);
        }
        assert.deepEqual(mergeEtc({ base, local: base, next }).actions, []);
      }),
      { numRuns: 5000 },
    );
  },
});

spec('parseTree()', {
  'reads what formatTree() wrote, and refuses a path that leads out': () => {
    const all = tree({ 'd/': '', 'd/x': '1', l: link('/etc/passwd') });
    assert.deepEqual(parseTree(formatTree(all), 'the list'), all);
    assert.throws(() => parseTree(formatTree(new Map([['../x', dir]])), 'the list'), /is damaged/);
  },
});
