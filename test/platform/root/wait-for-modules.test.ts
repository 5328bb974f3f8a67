/** A module that somebody else is loading: `vm/watchdog/hang` met it on a busy machine, as a file system that was not there. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitForDevice, waitForFileSystem, waitWhileLoading } from '../../../src/platform/root/wait-for-modules.ts';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';

const since = (work: () => boolean): { is: boolean; ms: number } => {
  const startedMs = performance.now();
  return { is: work(), ms: performance.now() - startedMs };
};

spec('waitWhileLoading()', {
  'waits for what is being loaded, and no longer': () => {
    let looks = 0;
    assert.equal(
      waitWhileLoading(
        () => ++looks > 20,
        () => true,
      ),
      true,
    );
    assert.equal(looks, 21);
  },
  'gives up soon where nothing is being loaded, and after a while where that never ends': () => {
    const idle = since(() =>
      waitWhileLoading(
        () => false,
        () => false,
      ),
    );
    assert.ok(!idle.is && idle.ms < 2000, `${idle.ms} ms`);
    const endless = since(() =>
      waitWhileLoading(
        () => false,
        () => true,
        300,
      ),
    );
    assert.ok(!endless.is && endless.ms >= 300, `${endless.ms} ms`);
  },
});

spec('waitForFileSystem()', {
  'knows those that are there at once, and soon that one never comes': () => {
    assert.equal(waitForFileSystem('proc'), true);
    assert.equal(waitForFileSystem('not-there'), false);
  },
});

spec('waitForDevice()', {
  'waits only while the drivers are loaded': () => {
    withTempDir((dir) => {
      const path = join(dir, 'watchdog');
      const at = since(() => waitForDevice(path, dir));
      assert.ok(!at.is && at.ms < 100, 'nobody loads anything');
      writeFileSync(join(dir, 'drivers-loading'), '');
      const late = since(() => waitForDevice(path, dir));
      assert.ok(!late.is && late.ms >= 2000, `${late.ms} ms`);
      writeFileSync(path, '');
      assert.equal(waitForDevice(path, dir), true);
      rmSync(join(dir, 'drivers-loading'));
      assert.equal(waitForDevice(path, dir), true);
    });
  },
});
