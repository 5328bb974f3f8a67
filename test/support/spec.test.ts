/** The guard of all other tests: each way in which uvu alone would report success must end in failure. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spec } from './spec.ts';
import { withTempDir } from './temp-dir.ts';

/** Runs a test file with this content in a process of its own. */
function runTestFile(body: string): { status: number | null; passed: string | undefined; total: string | undefined } {
  return withTempDir((dir) => {
    const file = join(dir, 'x.test.ts');
    writeFileSync(file, `import { spec } from '${join(import.meta.dirname, 'spec.ts')}';\n${body}`);
    const { status, stdout } = spawnSync(process.execPath, [file], {
      encoding: 'utf8',
      env: { NO_COLOR: '1' },
      timeout: 20_000,
    });
    return { status, passed: /Passed: +(\d+)/.exec(stdout)?.[1], total: /Total: +(\d+)/.exec(stdout)?.[1] };
  });
}

spec('spec()', {
  'passes when each test passes': () => {
    assert.deepEqual(runTestFile(`spec('x', { 'a': () => {}, 'b': async () => {} });`), {
      status: 0,
      passed: '2',
      total: '2',
    });
  },
  'fails when a test throws null, and still runs the later ones': () => {
    assert.deepEqual(runTestFile(`spec('x', { 'a': () => { throw null; }, 'b': () => {} });`), {
      status: 1,
      passed: '1',
      total: '2',
    });
  },
  'fails when a test rejects with a string': () => {
    assert.equal(runTestFile(`spec('x', { 'a': () => Promise.reject('no') });`).status, 1);
  },
  'fails when a test ends the process or never ends': () => {
    assert.equal(runTestFile(`spec('x', { 'a': () => process.exit(0) });`).status, 1);
    assert.equal(runTestFile(`spec('x', { 'a': () => new Promise(() => {}) });`).status, 1);
  },
});
