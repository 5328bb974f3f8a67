/** The eager code cache: V8 takes it in another process, and without it the program is the same. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { compileEagerly } from '../../scripts/eager-cache.ts';
import { spec } from '../support/spec.ts';
import { withTempDir } from '../support/temp-dir.ts';

const BUNDLE = 'function inner(x){return x+1}\nmodule.exports=()=>inner(41)';

/** Loads the bundle in a process of its own. */
function load(source: string, cache: Buffer): string {
  return withTempDir((dir) => {
    writeFileSync(join(dir, 'source'), source, 'latin1');
    writeFileSync(join(dir, 'cache'), cache);
    const program = `
      const { readFileSync } = require('node:fs');
      const { Script } = require('node:vm');
      const cachedData = readFileSync('${dir}/cache');
      const script = new Script(readFileSync('${dir}/source', 'latin1'), { filename: 'lifeboot.cjs', cachedData });
      const module = { exports: {} };
      script.runInThisContext()(module.exports, require, module, '', '');
      console.log(script.cachedDataRejected, module.exports());`;
    return spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' }).stdout.trim();
  });
}

spec('compileEagerly()', {
  'makes a cache that another process takes': () => {
    const { source, cache } = compileEagerly(BUNDLE);
    assert.equal(load(source, cache), 'false 42');
  },
  'holds functions that were never called': () => {
    const many = Array.from({ length: 200 }, (_, index) => `function f${index}(x){return x*${index}}`).join('\n');
    const used = Array.from({ length: 200 }, (_, index) => `f${index}`).join();
    const { source, cache } = compileEagerly(`${many}\nconst all=[${used}];${BUNDLE}`);
    // Another text: V8 remembers what it compiled in this process.
    const asUsual = new Script(`${source} `, { filename: 'lifeboot.cjs' }).createCachedData();
    assert.ok(cache.length > asUsual.length + 200 * 100, `${cache.length} and ${asUsual.length} bytes`);
    assert.equal(load(source, cache), 'false 42');
  },
  'is not needed: a cache that V8 refuses is left aside': () => {
    const { source } = compileEagerly(BUNDLE);
    assert.equal(load(source, Buffer.from('no cache at all')), 'true 42');
  },
  'refuses a bundle that is not ASCII': () => {
    assert.throws(() => compileEagerly("module.exports='é'"), /not ASCII/);
  },
});
