/**
 * Runs some of the operations in a process of its own: `crash-main.ts HASHES SHARE OF [FEWER [OPERATION…]]`.
 *
 * Prints `OPERATION: N crash states…` for each, a violation with status 1, and leaves the hashes of the images in a file,
 * so that the suite can count them across processes.
 */
import { writeFileSync } from 'node:fs';
import { Violation } from './laws.ts';
import { OPERATIONS, runOperation } from './operations.ts';

const [file = '', share = '0', of = '1', fewer = '1', ...names] = process.argv.slice(2);
const asked = OPERATIONS.filter(({ name }) => names.length === 0 || names.includes(name));
const mine = asked.filter((_, index) => index % Number(of) === Number(share));
const hashes: string[] = [];
for (const operation of mine) {
  try {
    const { images, states, lives } = runOperation(operation, Number(fewer));
    console.log(`${operation.name}: ${images.size} crash states, asked at ${states} moments, ${lives} lives`);
    hashes.push(...images);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    console.log(`VIOLATION ${error.message}`);
    process.exit(1);
  }
}
if (file !== '') writeFileSync(file, hashes.join('\n'));
