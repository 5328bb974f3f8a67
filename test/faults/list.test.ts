/** The list of faults is what it claims to be: named once, injected somehow, and each with its answer taken out. */
import assert from 'node:assert/strict';
import { spec } from '../support/spec.ts';
import { allFaults } from './list/all.ts';

spec('allFaults', {
  'has at least forty faults, and at least twenty-five of them in the Debian guest': () => {
    const debian = allFaults.filter(({ node }) => node === 'debian');
    console.log(`${allFaults.length} faults, ${debian.length} in the Debian guest`);
    assert.ok(allFaults.length >= 40);
    assert.ok(debian.length >= 25);
  },
  'names each once, as a directory can be named': () => {
    const names = allFaults.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
    for (const name of names) assert.match(name, /^[a-z0-9-]+$/);
  },
  'injects every fault, expects something to be said about it, and takes the answer out': () => {
    for (const { name, breaks, machine, live, signs, without } of allFaults) {
      assert.ok(breaks.length > 0 || machine !== undefined || live !== undefined, `${name} breaks something`);
      assert.ok(signs.length > 0, `${name} is said something about`);
      const isTakenOut = without.plain !== undefined || without.breaks !== undefined || without.machine !== undefined;
      assert.ok(isTakenOut, `${name} is run without the answer`);
    }
  },
});
