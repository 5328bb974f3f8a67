import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDeadline } from '../../src/platform/postpone-deadline.ts';
import { spec } from '../support/spec.ts';
import { withTempDir } from '../support/temp-dir.ts';

spec('Deadline.postpone()', {
  'lays a later time over the timer and lets systemd read it, with the minute that confirm has before it': () => {
    withTempDir((dir) => {
      // Copies what systemd would read at that moment, so that the order shows.
      const dropIn = join(dir, 'lifeboot-deadline.timer.d/postponed.conf');
      const seen = join(dir, 'seen');
      makeDeadline(dir, ['sh', '-c', `cp '${dropIn}' '${seen}'; echo "$0" >>'${seen}'`]).postpone(1800.4);
      assert.equal(readFileSync(seen, 'utf8'), '[Timer]\nOnBootSec=\nOnBootSec=1860s\ndaemon-reload\n');
    });
  },
  'fails where systemd cannot be told': () => {
    withTempDir((dir) => {
      assert.throws(() => makeDeadline(dir, ['false']).postpone(1800), { code: 'IO' });
      assert.ok(existsSync(join(dir, 'lifeboot-deadline.timer.d')));
    });
  },
});
