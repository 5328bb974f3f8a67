import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeHeartbeat } from '../../src/platform/heartbeat.ts';
import { spec } from '../support/spec.ts';
import { withTempDir } from '../support/temp-dir.ts';

spec('makeHeartbeat()', {
  'writes a file, another content each time, and follows no link': () => {
    withTempDir((dir) => {
      let seconds = 10;
      const heartbeat = makeHeartbeat(() => seconds);
      const path = join(dir, 'beat');
      heartbeat.beat(path);
      assert.equal(readFileSync(path, 'utf8'), '10\n');
      seconds = 70;
      heartbeat.beat(path);
      assert.equal(readFileSync(path, 'utf8'), '70\n');
      writeFileSync(join(dir, 'precious'), 'kept');
      symlinkSync('precious', join(dir, 'link'));
      assert.throws(() => heartbeat.beat(join(dir, 'link')), /cannot make the heartbeat/);
      assert.equal(readFileSync(join(dir, 'precious'), 'utf8'), 'kept');
      assert.throws(() => heartbeat.beat(join(dir, 'gone/beat')), /cannot make the heartbeat/);
    });
  },
  'changes the level of a pin, and makes it an output first': () => {
    withTempDir((dir) => {
      mkdirSync(join(dir, 'gpio232'));
      writeFileSync(join(dir, 'gpio232/direction'), 'in\n');
      writeFileSync(join(dir, 'gpio232/value'), '0\n');
      const heartbeat = makeHeartbeat(() => 0, dir);
      const levels = [1, 2, 3].map(() => {
        heartbeat.beat('/sys/class/gpio/gpio232/value');
        return readFileSync(join(dir, 'gpio232/value'), 'utf8');
      });
      assert.deepEqual(levels, ['1', '0', '1']);
      assert.equal(readFileSync(join(dir, 'gpio232/direction'), 'utf8'), 'out');
      // The kernel would make the pin's directory when it is asked to.
      assert.throws(() => heartbeat.beat('/sys/class/gpio/gpio7/value'), /cannot make the heartbeat/);
      assert.equal(readFileSync(join(dir, 'export'), 'utf8'), '7');
    });
  },
});
