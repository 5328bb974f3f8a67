/**
 * Every writing operation, cut at every step and in every loss that a disk allows; two processes share the work.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spec } from '../support/spec.ts';
import { withTempDir } from '../support/temp-dir.ts';
import { OPERATIONS } from './operations.ts';

const WORKERS = 2;
const MIN_STATES = 100_000;
const MIN_EACH = 2_000;

function runShare(share: number, hashes: string): Promise<string> {
  const words = [join(import.meta.dirname, 'crash-main.ts'), hashes, String(share), String(WORKERS)];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => {
      said += text;
      process.stdout.write(text);
    });
    child.on('close', (status) => (status === 0 ? resolve(said) : reject(new Error(said))));
  });
}

spec('a power cut', {
  'leaves a node that boots on by the laws, in more than 100,000 distinct crash states': () =>
    withTempDir(async (dir) => {
      const files = Array.from({ length: WORKERS }, (_, share) => join(dir, `hashes-${share}`));
      const said = (await Promise.all(files.map((file, share) => runShare(share, file)))).join('');
      const each = [...said.matchAll(/^(.*): (\d+) crash states/gm)].map(([, name, count]) => ({
        name,
        count: Number(count),
      }));
      const distinct = new Set(files.flatMap((file) => readFileSync(file, 'utf8').split('\n')));
      console.log(`${distinct.size} crash states`);
      assert.deepEqual(each.map(({ name }) => name).sort(), OPERATIONS.map(({ name }) => name).sort());
      assert.deepEqual(
        each.filter(({ count }) => count < MIN_EACH),
        [],
      );
      assert.ok(distinct.size > MIN_STATES, `only ${distinct.size} crash states`);
    }),
});
