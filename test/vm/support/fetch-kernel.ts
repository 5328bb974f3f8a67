/**
 * Command: fetches the guests' kernel and prints where it lies, one `name=value` a line, for scripts and people.
 * With a name as argument (`version`, `vmlinuz`, `modulesDir`, `rootDir`) it prints that value alone.
 */
import { ensureKernel } from './kernel.ts';

const kernel = ensureKernel();
const values = new Map<string, string>(Object.entries(kernel));
const name = process.argv[2];
if (name === undefined) {
  for (const [key, value] of values) console.log(`${key}=${value}`);
} else {
  const value = values.get(name);
  if (value === undefined) throw new Error(`no '${name}'; known: ${[...values.keys()].join(', ')}`);
  console.log(value);
}
