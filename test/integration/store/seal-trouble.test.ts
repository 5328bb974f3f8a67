/** Sealing when the disk is full, a tool is missing or fails, or the power goes. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BootError, type ErrorCode } from '../../../src/core/errors.ts';
import { layerPath } from '../../../src/core/root/store-names.ts';
import type { Layer, LayerForm } from '../../../src/core/store/deployment.ts';
import { flattenLayers } from '../../../src/platform/store/flatten-layers.ts';
import { sealLayer } from '../../../src/platform/store/seal-layer.ts';
import { verifyLayer } from '../../../src/platform/store/verify-layer.ts';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';
import { run, withDisk } from './layer-world.ts';

const FORMS: readonly LayerForm[] = ['erofs', 'sqfs', 'dir'];

function isError(code: ErrorCode, hint: RegExp): (thrown: unknown) => boolean {
  return (thrown) => {
    assert.ok(thrown instanceof BootError, String(thrown));
    assert.equal(`${thrown.code} ${hint.test(thrown.hint ?? '')}`, `${code} true`, thrown.message);
    return true;
  };
}

function fillUpper(dir: string, megabytes: number): string {
  mkdirSync(join(dir, 'etc'), { recursive: true });
  for (let file = 0; file < megabytes; file += 1) writeFileSync(join(dir, `etc/${file}`), randomBytes(1024 ** 2));
  return dir;
}

function left(store: string): readonly string[] {
  return ['tmp', 'layers'].flatMap((name) => (existsSync(join(store, name)) ? readdirSync(join(store, name)) : []));
}

/** In the mount namespace of this test only. */
function hideProgram(path: string): () => void {
  const dir = join(path, '..');
  const cover = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim();
  run('mount', '-t', 'tmpfs', 'test', cover);
  run('mknod', join(cover, path.split('/').at(-1) ?? ''), 'c', '0', '0');
  run('mount', '-t', 'overlay', 'test', '-o', `lowerdir=${cover}:${dir}`, dir);
  return () => {
    run('umount', '-l', dir);
    run('umount', '-l', cover);
  };
}

function failProgram(path: string, dir: string): () => void {
  const script = join(dir, 'failing');
  writeFileSync(script, '#!/bin/sh\nfor last; do :; done; echo half > "$3" 2>/dev/null\necho "it broke" >&2\nexit 1\n');
  chmodSync(script, 0o755);
  run('mount', '--bind', script, path);
  return () => run('umount', '-l', path);
}

const request = (dir: string, form: LayerForm) => ({
  upper: join(dir, 'upper'),
  stack: [],
  store: join(dir, 'lifeboot'),
  form,
  isLive: false,
});

/** Seals one small tree and its changed copy again and again; says each layer that is done. */
const SEALER = `
const [source, dir] = process.argv.slice(1);
const { sealLayer } = await import(source);
const { appendFileSync } = await import('node:fs');
for (let round = 0; ; round += 1) {
  appendFileSync(dir + '/upper/etc/0', String(round));
  const form = ['erofs', 'sqfs', 'dir'][round % 3];
  sealLayer({ upper: dir + '/upper', stack: [dir + '/stack'], store: dir + '/lifeboot', form, isLive: false }, () => undefined);
}`;

spec('sealLayer()', {
  'makes nothing of an upper that holds nothing': () =>
    withTempDir((dir) => {
      mkdirSync(join(dir, 'upper'));
      assert.equal(
        sealLayer(request(dir, 'erofs'), () => undefined),
        null,
      );
      assert.equal(existsSync(join(dir, 'lifeboot')), false);
    }),
  'refuses on a full disk, and leaves nothing': async () => {
    for (const form of FORMS) {
      await withTempDir(async (dir) => {
        fillUpper(join(dir, 'upper'), 24);
        await withDisk(16, (disk) => {
          const full = { ...request(dir, form), store: join(disk, 'lifeboot') };
          mkdirSync(full.store);
          assert.throws(() => sealLayer(full, () => undefined), isError('REFUSED', /cleanup/));
          assert.deepEqual(left(full.store), []);
        });
      });
    }
  },
  'says which package is missing': () =>
    withTempDir((dir) => {
      fillUpper(join(dir, 'upper'), 1);
      const show = hideProgram('/usr/bin/mkfs.erofs');
      try {
        const seal = () => sealLayer(request(dir, 'erofs'), () => undefined);
        assert.throws(seal, isError('UNAVAILABLE', /erofs-utils/));
      } finally {
        show();
      }
      assert.deepEqual(left(join(dir, 'lifeboot')), []);
    }),
  'leaves nothing when the tool fails half way': () =>
    withTempDir((dir) => {
      fillUpper(join(dir, 'upper'), 1);
      const undo = failProgram('/usr/bin/mksquashfs', dir);
      try {
        const seal = () => sealLayer(request(dir, 'sqfs'), () => undefined);
        assert.throws(
          seal,
          (error: unknown) => error instanceof BootError && error.code === 'IO' && /it broke/.test(error.message),
        );
      } finally {
        undo();
      }
      assert.deepEqual(left(join(dir, 'lifeboot')), []);
    }),
  'uses an identical layer that is there, and replaces one of another size': () =>
    withTempDir((dir) => {
      fillUpper(join(dir, 'upper'), 1);
      for (const form of FORMS) {
        const seal = () => sealLayer(request(dir, form), () => undefined);
        const first = seal();
        assert.ok(first !== null);
        assert.deepEqual(seal(), first);
        const path = join(dir, 'lifeboot', layerPath(first));
        truncateSync(form === 'dir' ? join(path, 'etc/0') : path, 4096);
        assert.match(verifyLayer(join(dir, 'lifeboot'), first) ?? '', /has \d+ bytes and should have/);
        assert.deepEqual(seal(), first);
        assert.equal(verifyLayer(join(dir, 'lifeboot'), first), null);
      }
    }),
  'shows after a kill at any moment whole layers only, and the rest in tmp': () =>
    withTempDir((dir) => {
      fillUpper(join(dir, 'upper'), 1);
      mkdirSync(join(dir, 'stack/old'), { recursive: true });
      writeFileSync(join(dir, 'stack/old/f'), 'below');
      mkdirSync(join(dir, 'upper/renamed'));
      run('setfattr', '-n', 'trusted.overlay.redirect', '-v', 'old', join(dir, 'upper/renamed'));
      const source = new URL('../../../src/platform/store/seal-layer.ts', import.meta.url).href;
      const sealer = ['--input-type=module', '-e', SEALER, source, dir];
      const unshare = ['--mount', '--propagation', 'private', '--kill-child', '--fork', process.execPath, ...sealer];
      const layers = join(dir, 'lifeboot/layers');
      let timeout = 2000;
      for (let round = 0; round < 10; ) {
        spawnSync('unshare', unshare, { timeout, killSignal: 'SIGKILL', stdio: 'ignore' });
        // A busy machine takes its time to begin; then the moment of the kill moves over all steps.
        const hasBegun = existsSync(layers) && readdirSync(layers).length > 0;
        timeout += hasBegun ? 67 : 2000;
        round += hasBegun || timeout > 60_000 ? 1 : 0;
      }
      const store = join(dir, 'lifeboot');
      assert.deepEqual(readdirSync(store).sort(), ['layers', 'tmp']);
      const names = readdirSync(join(store, 'layers'));
      assert.ok(names.length > 0, 'none was finished');
      for (const name of names) {
        const [digest = '', form = 'dir'] = name.split('.');
        const wrong = verifyLayer(store, { digest, form: form as LayerForm, sizeBytes: 0 });
        assert.match(wrong ?? '', /^layer '[0-9a-f]{12}' has \d+ bytes and should have 0$/);
        const sizeBytes = Number(/has (\d+) bytes/.exec(wrong ?? '')?.[1]);
        assert.equal(verifyLayer(store, { digest, form: form as LayerForm, sizeBytes }), null);
      }
    }),
});

spec('verifyLayer()', {
  'says what is wrong': () =>
    withTempDir((dir) => {
      fillUpper(join(dir, 'upper'), 1);
      const store = join(dir, 'lifeboot');
      for (const form of FORMS) {
        const layer = sealLayer(request(dir, form), () => undefined) as Layer;
        const path = join(store, layerPath(layer));
        const file = form === 'dir' ? join(path, 'etc/0') : path;
        run('dd', 'if=/dev/zero', `of=${file}`, 'bs=1', 'count=1', 'seek=2000', 'conv=notrunc');
        run('dd', 'if=/dev/urandom', `of=${file}`, 'bs=64', 'count=1', 'seek=40', 'conv=notrunc');
        assert.match(verifyLayer(store, layer) ?? '', /does not hold what was written/);
        run('rm', '-r', path);
        assert.match(verifyLayer(store, layer) ?? '', /is missing$/);
        writeFileSync(path, '');
        assert.match(verifyLayer(store, layer) ?? '', form === 'dir' ? /should be a directory/ : /has 0 bytes/);
        run('rm', '-r', path);
      }
    }),
});

spec('flattenLayers()', {
  'refuses on a full disk, and leaves nothing': async () => {
    await withTempDir(async (dir) => {
      fillUpper(join(dir, 'upper'), 24);
      await withDisk(16, (disk) => {
        const store = join(disk, 'lifeboot');
        mkdirSync(store);
        const flatten = () =>
          flattenLayers({ layers: [join(dir, 'upper')], base: null, store, form: 'erofs' }, () => undefined);
        assert.throws(flatten, isError('REFUSED', /cleanup/));
        assert.deepEqual(left(store), []);
      });
    });
  },
});
