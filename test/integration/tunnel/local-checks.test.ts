/** The executables of check.d. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeChecks } from '../../../src/platform/checks.ts';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';

/** A check.d with these files: name to script, mode 0755 unless the script is null (then it is empty and 0644). */
function withChecks(files: Readonly<Record<string, string | null>>, body: (dir: string) => void): void {
  withTempDir((dir) => {
    for (const [name, script] of Object.entries(files)) {
      const path = join(dir, name);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, script === null ? '' : `#!/bin/sh\n${script}\n`);
      chmodSync(path, script === null ? 0o644 : 0o755);
    }
    body(dir);
  });
}

const run = (dir: string, limitMs?: number) =>
  makeChecks(dir, limitMs)
    .run()
    .map(({ name, required, passed, why }) => [name, required, passed, why]);

spec('Checks.run()', {
  'runs required checks before wanted ones, by name, and tells the last line': () => {
    withChecks(
      {
        'required.d/20-b': 'echo one; echo two; exit 0',
        'required.d/10-a.sh': 'echo looking; echo "no disk" >&2; exit 3',
        'wanted.d/05-w': 'exit 4',
      },
      (dir) =>
        assert.deepEqual(run(dir), [
          ['10-a.sh', true, false, 'no disk'],
          ['20-b', true, true, 'two'],
          ['05-w', false, false, 'exit status 4'],
        ]),
    );
  },
  'has no checks where there is no folder': () => {
    withTempDir((dir) => assert.deepEqual(run(dir), []));
  },
  'ends a check that takes too long': () => {
    withChecks({ 'required.d/slow': 'echo starting; exec sleep 30' }, (dir) =>
      assert.deepEqual(run(dir, 300), [['slow', true, false, 'no end within 0.3 s']]),
    );
  },
  'does not wait for what a check leaves behind': () => {
    withChecks({ 'required.d/parent': 'sleep 30 & wait' }, (dir) => {
      const fromMs = performance.now();
      assert.deepEqual(run(dir, 300), [['parent', true, false, 'no end within 0.3 s']]);
      assert.ok(performance.now() - fromMs < 5_000);
    });
  },
  'does not run what is not executable, not ours, or open to others: it has not passed': () => {
    withChecks(
      { 'required.d/a': null, 'required.d/b': 'exit 0', 'required.d/c': 'exit 0', 'wanted.d/x': 'exit 0' },
      (dir) => {
        chownSync(join(dir, 'required.d/b'), 1234, 0);
        chmodSync(join(dir, 'required.d/c'), 0o775);
        symlinkSync('/nowhere', join(dir, 'required.d/d'));
        assert.deepEqual(run(dir), [
          ['a', true, false, 'not run: not executable (chmod +x)'],
          ['b', true, false, 'not run: it belongs to user 1234, not to root'],
          ['c', true, false, 'not run: others may write it (chmod go-w)'],
          ['d', true, false, 'not run: a link that leads nowhere'],
          ['x', false, true, null],
        ]);
      },
    );
  },
  'overlooks hidden files and leftovers': () => {
    withChecks({ 'required.d/.keep': null, 'required.d/a~': 'exit 1', 'required.d/README.md': null }, (dir) =>
      assert.deepEqual(run(dir), []),
    );
  },
});
