/** The two scripts and their code caches: taken by V8 in another process, no larger than they need to be, and not needed at all. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoDir } from '../../scripts/node-package.ts';
import { CACHES, type CacheName, SCRIPTS, wrapScript } from '../../scripts/starter.ts';
import { spec } from '../support/spec.ts';
import { withTempDir } from '../support/temp-dir.ts';

/** Starts the program as the packed one does; says of each script whether V8 refused its cache, then what the command printed. */
function start(dir: string, cache: string, word: string): string {
  const program = `
    const { readFileSync } = require('node:fs');
    const { Script } = require('node:vm');
    function run(filename, cache, require) {
      const source = readFileSync('${dir}/' + filename + '.wrapped', 'latin1');
      const script = new Script(source, { filename, cachedData: readFileSync('${dir}/' + cache) });
      console.log(filename, script.cachedDataRejected);
      const module = { exports: {} };
      script.runInThisContext()(require, module);
      return module.exports;
    }
    process.argv = [process.execPath, 'lifeboot', ...'${word}'.split(' ')];
    run('lifeboot.cjs', '${cache}', (name) =>
      name === './operate.cjs' ? run('operate.cjs', '${cache}' === 'none' ? 'none' : 'operate', require) : require(name));`;
  return spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' }).stdout;
}

function build(dir: string): Readonly<Record<CacheName, number>> {
  execFileSync(process.execPath, [join(repoDir, 'scripts/build-bundle.ts'), dir]);
  for (const name of SCRIPTS) {
    writeFileSync(join(dir, `${name}.wrapped`), wrapScript(readFileSync(join(dir, name), 'latin1')), 'latin1');
  }
  const sizes = Object.keys(CACHES).map((name) => {
    execFileSync(process.execPath, [join(repoDir, 'scripts/code-cache.ts'), dir, join(dir, name), name]);
    return [name, readFileSync(join(dir, name)).length];
  });
  console.log(`     ${sizes.map(([name, size]) => `${name} ${size} bytes`).join(', ')}`);
  return Object.fromEntries(sizes);
}

spec('code-cache.ts', {
  'makes caches that another process takes, each for its script and verbs': () => {
    withTempDir((dir) => {
      const size = build(dir);
      assert.ok(size.read < size.boot, 'what only reads is smaller than all that a boot may use');
      for (const cache of ['boot', 'read']) {
        assert.match(start(dir, cache, '--version'), /^lifeboot.cjs false\nlifeboot \d/, cache);
        assert.match(start(dir, cache, '--help'), /^lifeboot.cjs false\noperate.cjs false\nlifeboot: chooses/, cache);
      }
      writeFileSync(join(dir, 'none'), 'none');
      assert.match(
        start(dir, 'none', '--help'),
        /^lifeboot.cjs true\noperate.cjs true\nlifeboot: chooses/,
        'a refused cache is left aside',
      );
    });
  },
});

spec('build-bundle.ts', {
  'makes two scripts: the first runs and plans without the second, and loads it for what operators use': () => {
    withTempDir((dir) => {
      execFileSync(process.execPath, [join(repoDir, 'scripts/build-bundle.ts'), dir]);
      const run = (verb: string) => {
        const words = [verb, '--state', join(dir, 'no-state'), '--config', join(dir, 'no-configuration')];
        return spawnSync(process.execPath, [join(dir, 'lifeboot.cjs'), ...words], { encoding: 'utf8' });
      };
      assert.match(run('why').stdout, /nothing yet that it knows of/);
      rmSync(join(dir, 'operate.cjs'));
      for (const verb of ['plan', 'status']) assert.equal(run(verb).stderr, '', verb);
      assert.match(run('plan').stdout, /^the next boot enters/);
      assert.match(run('why').stderr, /operate\.cjs/);
    });
  },
});

spec('wrapScript()', {
  'refuses a script that is not ASCII': () => {
    assert.throws(() => wrapScript("module.exports='é'"), /not ASCII/);
  },
});
