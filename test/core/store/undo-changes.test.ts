/** What has to be done so that paths are as they were, and what is in the way of it. */
import assert from 'node:assert/strict';
import type { FileChange } from '../../../src/core/store/root-diff.ts';
import { inTheWay, planUndo } from '../../../src/core/store/undo-changes.ts';
import { spec } from '../../support/spec.ts';

function change(path: string, from: FileChange['from'], to: FileChange['to']): FileChange {
  return { path, change: from === null ? 'added' : to === null ? 'removed' : 'changed', from, to, what: [] };
}

function show(changes: readonly FileChange[]): readonly string[] {
  return planUndo(changes).map((step) => `${step.do} ${step.path}`);
}

spec('planUndo()', {
  'brings a directory back or takes it away with all that is in it, once': () => {
    const changes = [
      change('a', 'dir', null),
      change('a/b', 'file', null),
      change('a-b', 'file', 'link'),
      change('c', null, 'dir'),
      change('c/d', null, 'file'),
      change('e', 'link', 'dir'),
      change('e/f', null, 'file'),
    ];
    assert.deepEqual(show(changes), ['restore a', 'restore a-b', 'remove c', 'restore e']);
  },
  'gives a directory that stays its rights, and goes on in it': () => {
    assert.deepEqual(show([change('a', 'dir', 'dir'), change('a/b', 'file', 'file')]), [
      'restoreRights a',
      'restore a/b',
    ]);
    assert.deepEqual(show([]), []);
  },
});

spec('inTheWay()', {
  'finds what would be lost or reached in another place, and leaves the rest alone': () => {
    const steps = planUndo([change('d', 'dir', 'dir'), change('d/gone', 'dir', null), change('x/y', 'file', 'file')]);
    const found = (path: string) => inTheWay(steps, [change(path, 'file', 'file')]);
    assert.deepEqual(found('d/other'), []);
    assert.deepEqual(found('d/gone/new'), ['d/gone/new']);
    assert.deepEqual(found('x/y'), ['x/y']);
    assert.deepEqual(found('x'), ['x']);
    assert.deepEqual(found('d'), ['d']);
    assert.deepEqual(found('x/yy'), []);
  },
});
