import assert from 'node:assert/strict';
import { changesBetween, isBelowOne, type Look, pathsToCopy, straysIn } from '../../../src/core/store/tree-changes.ts';
import { spec } from '../../support/spec.ts';

/** `path: inode mark`; a directory ends in `/`. */
function look(...lines: readonly string[]): Look {
  return new Map(
    lines.map((line) => {
      const [name = '', inode = '1', mark = ''] = line.split(' ');
      return [name.replace(/\/$/, ''), { isDir: name.endsWith('/'), inode: BigInt(inode), mark }];
    }),
  );
}

spec('changesBetween()', {
  'finds nothing where nothing changed': () => {
    assert.deepEqual(changesBetween(look('d/ 1 x', 'd/f 2 y'), look('d/ 1 x', 'd/f 2 y')), { gone: [], renewed: [] });
  },
  'finds what was written, made and deleted': () => {
    const changes = changesBetween(look('a 1 x', 'b 2 x'), look('a 1 y', 'c 3 x'));
    assert.deepEqual(changes, { gone: ['b'], renewed: ['a', 'c'] });
  },
  'finds a file in place of another with the same times': () => {
    assert.deepEqual(changesBetween(look('a 1 x'), look('a 2 x')).renewed, ['a']);
  },
  'takes all of a directory that took the place of another, also what came along unchanged': () => {
    const changes = changesBetween(look('d/ 1 x', 'd/s/ 2 x', 'd/s/f 3 x'), look('d/ 9 x', 'd/s/ 2 x', 'd/s/f 3 x'));
    assert.deepEqual(changes, { gone: ['d'], renewed: ['d', 'd/s', 'd/s/f'] });
  },
  'removes what became a directory, or was one': () => {
    assert.deepEqual(changesBetween(look('a 1 x', 'b/ 2 x', 'b/f 3 x'), look('a/ 4 x', 'b 5 x')).gone, ['a', 'b']);
  },
});

spec('pathsToCopy()', {
  'copies the directories again into which something is put: that changes their times': () => {
    const after = look('. 1 x', 'd/ 1 x', 'd/e/ 2 x', 'd/e/f 3 y');
    assert.deepEqual(pathsToCopy({ gone: ['top', 'away/x'], renewed: ['d/e/f'] }, after), ['.', 'd/e', 'd/e/f']);
  },
});

spec('straysIn()', {
  'finds what is only in the copy, or is of another kind there': () => {
    const copy = look('a 1 x', 'b/ 2 x', 'b/f 3 x', 'c/ 4 x', 'c/f 5 x', 'd/ 6 x');
    assert.deepEqual(straysIn(copy, look('a 7 y', 'c 8 x', 'd/ 9 y')), ['b', 'c']);
  },
});

spec('isBelowOne()', {
  'knows a name from the beginning of another': () => {
    assert.equal(isBelowOne('a/b/c', new Set(['a/b'])), true);
    assert.equal(isBelowOne('a/b', new Set(['a/b'])), true);
    assert.equal(isBelowOne('a/bc', new Set(['a/b'])), false);
    assert.equal(isBelowOne('a', new Set(['a/b'])), false);
  },
});
