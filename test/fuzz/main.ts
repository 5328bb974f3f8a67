/**
 * `make fuzz [SEED=N] [COUNT=N] [TARGET=NAME [INPUT=N]]`: a million mutated inputs, or one of them again.
 */
import { askOnce, Broken, type Fuzzed, fuzzAll } from './fuzz.ts';
import { TARGETS } from './targets.ts';

const { env } = process;
const seed = Number(env['SEED'] || Date.now() % 1_000_000);
const targets = TARGETS.filter(({ name }) => !env['TARGET'] || name === env['TARGET']);
const say = ({ name, asked, taken }: Fuzzed): void => console.log(`${name}: ${asked} inputs, ${taken} taken for valid`);

if (targets.length === 0) {
  console.error(`fuzz: there is no target '${env['TARGET']}'\nhint: ${TARGETS.map(({ name }) => name).join(', ')}`);
  process.exit(64);
}
console.log(`seed ${seed}`);
try {
  const [target] = targets;
  if (env['INPUT'] && target !== undefined)
    console.log(`${target.name}: taken for valid: ${askOnce(target, seed, Number(env['INPUT']))}`);
  else
    console.log(
      `${fuzzAll(targets, seed, Number(env['COUNT'] || 1_000_000), say)} inputs, no crash, no hang (seed ${seed})`,
    );
} catch (error) {
  if (!(error instanceof Broken)) throw error;
  console.log(`BROKEN ${error.message}`);
  process.exitCode = 1;
}
