/**
 * The crash suite can fail: with each deliberate fault in the production code it finds a broken law, and without it none.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { spec } from '../support/spec.ts';
import { MUTATIONS, type Mutation } from './mutations.ts';

const here = import.meta.dirname;

function runMutated(number: number | null, operations: readonly string[]) {
  const loader = number === null ? [] : ['--import', join(here, 'mutate.ts')];
  const words = [...loader, join(here, 'crash-main.ts'), '', '0', '1', '4', ...operations];
  const result = spawnSync(process.execPath, words, {
    encoding: 'utf8',
    env: { ...process.env, MUTATION: String(number) },
    timeout: 240_000,
  });
  return { status: result.status, said: `${result.stdout}${result.stderr}` };
}

function catches(mutation: Mutation, number: number): void {
  const { status, said } = runMutated(number, mutation.operations);
  const [, violation = ''] = /^VIOLATION (.*)$/m.exec(said) ?? [];
  console.log(`  ${mutation.name}: ${violation}`);
  assert.ok(status === 1 && violation !== '', `not caught: ${mutation.name}\n${said}`);
}

spec('crash states', {
  'are all in order without a fault, in the very runs that find the faults': () => {
    const operations = [...new Set(MUTATIONS.flatMap((mutation) => mutation.operations))];
    const { status, said } = runMutated(null, operations);
    assert.equal(status, 0, said);
  },
  ...Object.fromEntries(
    MUTATIONS.map((mutation, number) => [`show it when ${mutation.name}`, () => catches(mutation, number)]),
  ),
});
