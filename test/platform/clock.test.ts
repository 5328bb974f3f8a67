import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hardwareClockMs, setClock, trustedTime } from '../../src/platform/clock.ts';
import { spec } from '../support/spec.ts';
import { withTempDir } from '../support/temp-dir.ts';

spec('trustedTime()', {
  'is nothing while the clock goes on from where it was guessed, and a time once somebody has put it right': () => {
    withTempDir((dir) => {
      const note = join(dir, 'clock');
      assert.match(trustedTime(note) ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      const startedAt = Math.round(Date.now() - Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1000);
      writeFileSync(note, `${startedAt}\n`);
      assert.equal(trustedTime(note), null);
      // NTP came: the kernel started at another time than was thought.
      writeFileSync(note, `${startedAt - 3_600_000}\n`);
      assert.notEqual(trustedTime(note), null);
      writeFileSync(note, 'nothing that makes sense\n');
      assert.notEqual(trustedTime(note), null);
    });
  },
});

spec('hardwareClockMs()', {
  'is the latest of those that can be read': () => {
    withTempDir((dir) => {
      assert.equal(hardwareClockMs(join(dir, 'none')), null);
      for (const [name, text] of [
        ['rtc0', '0\n'],
        ['rtc1', '1795000000\n'],
        ['rtc2', 'x\n'],
      ]) {
        mkdirSync(join(dir, name ?? ''));
        writeFileSync(join(dir, name ?? '', 'since_epoch'), text ?? '');
      }
      assert.equal(hardwareClockMs(dir), 1_795_000_000_000);
    });
  },
});

spec('setClock()', {
  'leaves the clock of a running system alone': () => {
    assert.throws(() => setClock(0, true), { code: 'NOT_PERMITTED' });
  },
});
