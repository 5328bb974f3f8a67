/**
 * A code cache with what `lifeboot plan` and its like really use: `warm-cache.ts SOURCE CACHE`, in a process of its own.
 *
 * The bundle is run here on an invented node in a temporary directory; V8 then has those functions compiled, and no
 * others, and writes them down. The cache with every function (eager-cache.ts) takes a millisecond longer to read, which
 * `boot` earns back because it uses more of them.
 */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { BUNDLE_NAME } from './eager-cache.ts';

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

/** Commands that only read, after the one that makes what they read. */
const RUNS = [['state', 'init'], ['plan'], ['status'], ['plan', '--json']];

const [sourceFile = '', cacheFile = ''] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), 'lifeboot-warm-'));
try {
  const [config, state] = [join(directory, 'lifeboot.toml'), join(directory, 'state')];
  writeFileSync(config, CONFIG);
  writeFileSync(state, '');
  truncateSync(state, 1 << 20);
  const script = new Script(readFileSync(sourceFile, 'latin1'), { filename: BUNDLE_NAME });
  const require = createRequire(import.meta.url);
  for (const words of RUNS) {
    process.argv = [process.execPath, 'lifeboot', ...words, '--config', config, '--state', state];
    const module = { exports: {} };
    script.runInThisContext()(module.exports, require, module, '', '');
  }
  process.exitCode = 0;
  writeFileSync(cacheFile, script.createCachedData());
} finally {
  rmSync(directory, { recursive: true });
}
