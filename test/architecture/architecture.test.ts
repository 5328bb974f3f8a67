/** Holds src/ to its rules, and shows for each rule that breaking it is noticed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoDir } from '../../scripts/node-package.ts';
import { filesBelow } from '../../scripts/test-files.ts';
import { spec } from '../support/spec.ts';
import { cycleViolations, layerViolations, lengthViolations, processViolations } from './rules.ts';
import type { SourceTree } from './source-tree.ts';

const MAX_LINES = 250;

const readTree = (...folders: string[]): SourceTree => {
  const files = folders.flatMap(filesBelow).filter((file) => file.endsWith('.ts'));
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(repoDir, file), 'utf8')]));
};

const tree = readTree('src');

spec('src/', {
  'is not empty': () => assert.ok(Object.keys(tree).length > 0),
  'imports along main → cli → app → core, platform → core and the types of app/ports.ts': () => {
    assert.deepEqual(layerViolations(tree), []);
  },
  'has no import cycle': () => assert.deepEqual(cycleViolations(tree), []),
  'uses process in main.ts only': () => assert.deepEqual(processViolations(tree), []),
  'has no file over 250 lines, nor have scripts and tests': () => {
    assert.deepEqual(lengthViolations({ ...tree, ...readTree('scripts', 'test') }, MAX_LINES), []);
  },
});

spec('layerViolations()', {
  'refuses an import against the arrows': () => {
    assert.deepEqual(layerViolations({ 'src/core/a.ts': `import { x } from '../app/x.ts';\n` }), [
      'src/core/a.ts: core may not import src/app/x.ts',
    ]);
    assert.equal(layerViolations({ 'src/app/a.ts': `import { x } from '../platform/x.ts';` }).length, 1);
    assert.equal(layerViolations({ 'src/cli/a.ts': `import {\n  x,\n  y,\n} from '../platform/x.ts';` }).length, 1);
    assert.equal(layerViolations({ 'src/app/a.ts': `export * from '../cli/x.ts';` }).length, 1);
    assert.equal(layerViolations({ 'src/app/a.ts': `const x = await import('../cli/x.ts');` }).length, 1);
  },
  'refuses input and output in core, app and cli': () => {
    assert.equal(layerViolations({ 'src/core/a.ts': `import { readFileSync } from 'node:fs';` }).length, 1);
    assert.equal(layerViolations({ 'src/cli/a.ts': `import { spawnSync } from 'node:child_process';` }).length, 1);
    assert.equal(layerViolations({ 'src/core/a.ts': `import { createHash } from 'node:crypto';` }).length, 0);
    assert.equal(layerViolations({ 'src/platform/a.ts': `import { readFileSync } from 'node:fs';` }).length, 0);
  },
  'lets platform have the types of the ports, not their values': () => {
    assert.equal(layerViolations({ 'src/platform/a.ts': `import type { Ports } from '../app/ports.ts';` }).length, 0);
    assert.equal(layerViolations({ 'src/platform/a.ts': `import { x } from '../app/ports.ts';` }).length, 1);
    assert.equal(layerViolations({ 'src/platform/a.ts': `import type { X } from '../app/x.ts';` }).length, 1);
  },
  'refuses a file in no layer and an import of what is outside src': () => {
    assert.equal(layerViolations({ 'src/utils.ts': '' }).length, 1);
    assert.equal(layerViolations({ 'src/core/a.ts': `import { x } from '../../test/x.ts';` }).length, 1);
  },
});

spec('cycleViolations()', {
  'finds a cycle over several files and names its way': () => {
    const cyclic = {
      'src/core/a.ts': `import { b } from './b.ts';`,
      'src/core/b.ts': `import { c } from './deep/c.ts';`,
      'src/core/deep/c.ts': `import { a } from '../a.ts';`,
    };
    assert.deepEqual(cycleViolations(cyclic), ['src/core/a.ts → src/core/b.ts → src/core/deep/c.ts → src/core/a.ts']);
  },
});

spec('processViolations()', {
  'finds the global and its module, not the word': () => {
    assert.equal(processViolations({ 'src/cli/a.ts': `const x = process.argv;` }).length, 1);
    assert.equal(processViolations({ 'src/cli/a.ts': `import { argv } from 'node:process';` }).length, 1);
    assert.equal(
      processViolations({ 'src/cli/a.ts': `// process.exit\nconst x = 'process.exit'; a.process.x();` }).length,
      0,
    );
    assert.equal(processViolations({ 'src/main.ts': `process.exitCode = 1;` }).length, 0);
  },
});

spec('lengthViolations()', {
  'counts lines': () => {
    assert.equal(lengthViolations({ a: `${'\n'.repeat(249)}x\n` }, MAX_LINES).length, 0);
    assert.equal(lengthViolations({ a: `${'\n'.repeat(250)}x\n` }, MAX_LINES).length, 1);
  },
});
