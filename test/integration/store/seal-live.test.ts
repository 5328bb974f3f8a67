/** Sealing an upper that somebody writes to. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '../../../src/platform/root/tools.ts';
import { sealLayer } from '../../../src/platform/store/seal-layer.ts';
import { spec } from '../../support/spec.ts';
import { differences, showTree } from './compare-trees.ts';
import { LayerWorld, run, withDisk } from './layer-world.ts';

/** Never rests: a log that grows, files that come, go and change places, one written in two halves. */
const WRITER = `
import { appendFileSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
process.chdir(process.argv[1]);
for (let round = 0; ; round += 1) {
  appendFileSync('log', 'line ' + round + '\\n');
  mkdirSync('dir' + round + '/sub', { recursive: true });
  writeFileSync('dir' + round + '/sub/f', String(round));
  linkSync('dir' + round + '/sub/f', 'dir' + round + '/again');
  if (round >= 5) rmSync('dir' + (round - 5), { recursive: true });
  if (round > 0) renameSync('dir' + round + '/sub', 'dir' + (round - 1) + '/moved');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
}`;

interface Live {
  readonly world: LayerWorld;
  readonly upper: string;
  readonly writer: ChildProcess;
}

async function withWriter(body: (live: Live) => void): Promise<void> {
  await withDisk(1024, async (disk) => {
    const world = new LayerWorld(disk);
    const upper = join(world.dir, 'live');
    mkdirSync(upper);
    for (let file = 0; file < 300; file += 1) writeFileSync(join(upper, `still${file}`), `${file}`.repeat(1000));
    run('setfattr', '-n', 'trusted.t', '-v', 'kept', upper);
    const writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, upper], { stdio: 'ignore' });
    const ended = new Promise((resolve) => writer.on('close', resolve));
    try {
      // Until it has begun.
      while (!readFileSync('/proc/loadavg') || !exists(join(upper, 'log'))) pause(20);
      body({ world, upper, writer });
    } finally {
      writer.kill('SIGKILL');
      await ended;
      world.close();
    }
  });
}

function exists(path: string): boolean {
  try {
    return readFileSync(path).length > 0;
  } catch {
    return false;
  }
}

const sealLive = ({ world, upper }: Live, form: 'erofs' | 'dir', onStep: (text: string) => void) =>
  sealLayer({ upper, stack: [], store: world.store, form, isLive: true }, onStep);

spec('sealLayer()', {
  'reads again what changed while it was read, until all of it rests': async () => {
    for (const form of ['erofs', 'dir'] as const) {
      await withWriter((live) => {
        let rounds = 0;
        const layer = sealLive(live, form, (text) => {
          if (!text.startsWith('reading again')) return;
          rounds += 1;
          if (rounds !== 2) return;
          live.writer.kill('SIGKILL');
          pause(100);
        });
        assert.ok(layer !== null);
        assert.ok(rounds >= 2, 'it was not read again');
        const found = differences(showTree(live.upper), showTree(live.world.mount(layer)));
        assert.equal(found.join('\n'), '');
      });
    }
  },
  'names what never comes to rest, and packs it as it was read last': async () => {
    await withWriter((live) => {
      const said: string[] = [];
      const layer = sealLive(live, 'erofs', (text) => said.push(text));
      assert.ok(layer !== null);
      assert.ok(
        said.some((text) => /did not stop changing.*'\/log'/.test(text)),
        said.join('\n'),
      );
      const seen = live.world.mount(layer);
      assert.match(readFileSync(join(seen, 'log'), 'utf8'), /^(line \d+\n)+$/);
      assert.equal(readFileSync(join(seen, 'still7'), 'utf8'), '7'.repeat(1000));
    });
  },
});
