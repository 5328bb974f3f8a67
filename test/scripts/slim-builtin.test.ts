/** A Node without one built-in module must start, run and still say what is missing when that module is asked for. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeExecutable } from '../../scripts/node-package.ts';
import { blankSource, readBuiltinSource, UNUSED_BUILTINS } from '../../scripts/slim-builtin.ts';
import { spec } from '../support/spec.ts';
import { withTempDir } from '../support/temp-dir.ts';

spec('blankSource()', {
  'replaces the text and nothing else': () => {
    const source = 'x'.repeat(60);
    const image = Buffer.from(`before${source}after`);
    assert.equal(blankSource(image, source), 60);
    assert.equal(image.toString(), `beforethrow new Error('not part of this Node');${' '.repeat(19)}after`);
  },
  'keeps two bytes a character where the text needs them': () => {
    const source = '→'.repeat(60);
    const image = Buffer.concat([Buffer.from('a'), Buffer.from(source, 'utf16le'), Buffer.from('b')]);
    assert.equal(blankSource(image, source), 120);
    assert.equal(image.length, 122);
    assert.match(image.toString('utf16le', 1, 121), /^throw new Error\('not part of this Node'\); *$/);
  },
  'refuses a text that is absent or there twice': () => {
    assert.throws(() => blankSource(Buffer.from('abc'), 'x'), /not exactly once/);
    assert.throws(() => blankSource(Buffer.from('abab'), 'ab'), /not exactly once/);
  },
  'leaves a Node that runs JavaScript, and throws only when the module is needed': () => {
    withTempDir((dir) => {
      const node = nodeExecutable(process.arch === 'arm64' ? 'arm64' : 'x64');
      const image = readFileSync(node);
      for (const name of UNUSED_BUILTINS) blankSource(image, readBuiltinSource(node, name));
      const slim = join(dir, 'node');
      writeFileSync(slim, image, { mode: 0o755 });
      writeFileSync(join(dir, 'a.ts'), 'const x: number = 1; console.log(x);');
      assert.equal(spawnSync(slim, ['-p', '6 * 7'], { encoding: 'utf8' }).stdout, '42\n');
      const typed = spawnSync(slim, [join(dir, 'a.ts')], { encoding: 'utf8' });
      assert.notEqual(typed.status, 0);
      assert.match(
        spawnSync(slim, ['-e', 'fetch("http://127.0.0.1")'], { encoding: 'utf8' }).stderr,
        /not part of this/,
      );
      assert.match(typed.stderr, /not part of this Node/);
    });
  },
});
