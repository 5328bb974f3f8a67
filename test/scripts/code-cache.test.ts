/** The code caches: taken by V8 in another process, no larger than they need to be, and not needed at all. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoDir } from '../../scripts/node-package.ts';
import { CACHES, type CacheName, wrapBundle } from '../../scripts/starter.ts';
import { spec } from '../support/spec.ts';
import { withTempDir } from '../support/temp-dir.ts';

/** Starts the bundle as the packed program does; says whether V8 refused the cache, then what the command printed. */
function start(source: string, cache: string, word: string): string {
  const program = `
    const { readFileSync } = require('node:fs');
    const cachedData = readFileSync('${cache}');
    const script = new (require('node:vm').Script)(readFileSync('${source}', 'latin1'), { filename: 'lifeboot.cjs', cachedData });
    console.log(script.cachedDataRejected);
    process.argv = [process.execPath, 'lifeboot', '${word}'];
    script.runInThisContext()({}, require, {}, '', '');`;
  return spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' }).stdout;
}

spec('code-cache.ts', {
  'makes caches that another process takes, each for its verbs': () => {
    withTempDir((dir) => {
      const [bundle, source] = [join(dir, 'bundle.cjs'), join(dir, 'source')];
      execFileSync(process.execPath, [join(repoDir, 'scripts/build-bundle.ts'), bundle]);
      writeFileSync(source, wrapBundle(readFileSync(bundle, 'latin1')), 'latin1');
      const sizes = CACHES.map((name): [CacheName, number] => {
        const cache = join(dir, name);
        execFileSync(process.execPath, [join(repoDir, 'scripts/code-cache.ts'), bundle, cache, name]);
        assert.match(start(source, cache, '--version'), /^false\nlifeboot \d/, name);
        return [name, readFileSync(cache).length];
      });
      console.log(`     ${sizes.map(([name, size]) => `${name} ${size} bytes`).join(', ')}`);
      const of = Object.fromEntries(sizes) as Record<CacheName, number>;
      assert.ok(of.read < of.operate && of.read < of.boot, 'what only reads is the smallest');
      writeFileSync(join(dir, 'none'), 'no cache at all');
      assert.match(
        start(source, join(dir, 'none'), '--version'),
        /^true\nlifeboot \d/,
        'a refused cache is left aside',
      );
    });
  },
});

spec('wrapBundle()', {
  'refuses a bundle that is not ASCII': () => {
    assert.throws(() => wrapBundle("module.exports='é'"), /not ASCII/);
  },
});
