/**
 * A code cache with what some verbs really use of a script: `code-cache.ts DIRECTORY CACHE NAME`, in a process of its own
 * because V8 remembers what it compiled.
 *
 * The program is run here on an invented node in a temporary directory; V8 then has those functions compiled, and no
 * others, and writes them down. `boot` cannot be run here, so V8 is told to compile everything for it (`--no-lazy`), and then
 * made to forget that it was told, because a cache is refused when the flags differ.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { CACHES, type CacheName, type ScriptName, wrapScript } from './starter.ts';

const CONFIG = `[state]
device = "PARTLABEL=lifeboot-state"
[slots.a]
root = "PARTLABEL=root-a"
[slots.b]
root = "PARTLABEL=root-b"
[slots.r]
root = "LABEL=recovery-root"
role = "recovery"
[upper]
device = "PARTLABEL=system-data"
`;

/** Commands that need no node, and change nothing but the invented one. */
const RUNS: Readonly<Record<CacheName, readonly (readonly string[])[]>> = {
  boot: [],
  read: [['plan'], ['status'], ['plan', '--json']],
  operate: [['why'], ['log'], ['switch', 'b'], ['tend'], ['check']],
};

const [bundles = '', cacheFile = '', name = ''] = process.argv.slice(2);
const requireNode = createRequire(import.meta.url);

function compile(filename: ScriptName): Script {
  return new Script(wrapScript(readFileSync(join(bundles, filename), 'latin1')), { filename });
}

function run(script: Script, require: (name: string) => unknown): unknown {
  const module = { exports: {} };
  script.runInThisContext()(require, module);
  return module.exports;
}

const directory = mkdtempSync(join(tmpdir(), 'lifeboot-cache-'));
try {
  const [config, state] = [join(directory, 'lifeboot.toml'), join(directory, 'state')];
  const invented = ['--config', config, '--state', state];
  writeFileSync(config, CONFIG);
  writeFileSync(state, '');
  truncateSync(state, 1 << 20);
  execFileSync(process.execPath, [join(bundles, 'lifeboot.cjs'), 'state', 'init', ...invented]);
  if (name === 'boot') setFlagsFromString('--no-lazy');
  const scripts = { 'lifeboot.cjs': compile('lifeboot.cjs'), 'operate.cjs': compile('operate.cjs') };
  setFlagsFromString('--lazy');
  for (const words of RUNS[name as CacheName]) {
    process.argv = [process.execPath, 'lifeboot', ...words, ...invented];
    run(scripts['lifeboot.cjs'], (wanted) =>
      wanted === './operate.cjs' ? run(scripts['operate.cjs'], requireNode) : requireNode(wanted),
    );
  }
  process.exitCode = 0;
  writeFileSync(cacheFile, scripts[CACHES[name as CacheName]].createCachedData());
} finally {
  rmSync(directory, { recursive: true });
}
