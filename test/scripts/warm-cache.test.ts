/** The warm cache: smaller than the eager one, taken by V8, and the program with it says the same. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileEagerly } from '../../scripts/eager-cache.ts';
import { repoDir } from '../../scripts/node-package.ts';
import { spec } from '../support/spec.ts';
import { withTempDir } from '../support/temp-dir.ts';

spec('warm-cache.ts', {
  'compiles what the commands use and nothing more': () => {
    withTempDir((dir) => {
      const [bundle, source, cache] = ['bundle.cjs', 'source', 'cache'].map((name) => join(dir, name));
      execFileSync(process.execPath, [
        join(repoDir, 'scripts/build-bundle.ts'),
        join(repoDir, 'src/main.ts'),
        bundle ?? '',
      ]);
      const eager = compileEagerly(readFileSync(bundle ?? '', 'latin1'));
      writeFileSync(source ?? '', eager.source, 'latin1');
      execFileSync(process.execPath, [join(repoDir, 'scripts/warm-cache.ts'), source ?? '', cache ?? '']);
      const size = readFileSync(cache ?? '').length;
      assert.ok(size < eager.cache.length * 0.7, `${size} of ${eager.cache.length} bytes`);
      const program = `
        const { readFileSync } = require('node:fs');
        const cachedData = readFileSync('${cache}');
        const script = new (require('node:vm').Script)(readFileSync('${source}', 'latin1'), { filename: 'lifeboot.cjs', cachedData });
        console.log(script.cachedDataRejected);
        process.argv = [process.execPath, 'lifeboot', '--version'];
        script.runInThisContext()({}, require, {}, '', '');`;
      const { stdout } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
      assert.match(stdout, /^false\nlifeboot \d/);
    });
  },
});
