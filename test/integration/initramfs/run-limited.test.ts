/** The time limit of the boot path: what ends, what is killed, and what cannot be killed. Root, mounts, a loop device. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';
import { makeExt4 } from '../../vm/support/disk.ts';
import { inWorld, shells, withLoops } from './shell-world.ts';

const outcome = (script: string, shell: readonly string[]): string =>
  inWorld(`run_limited ${script}; echo "$lb_outcome"`, shell).out.trim();

spec('run_limited', {
  'gives the exit code of what ended, in each shell': () => {
    for (const shell of shells) {
      assert.equal(outcome('5 true', shell), 'exit 0');
      assert.equal(outcome(`5 sh -c 'exit 75'`, shell), 'exit 75');
      assert.equal(outcome(`5 sh -c 'kill -SEGV $$'`, shell), 'exit 139');
      assert.equal(outcome('5 /nowhere/program', shell), 'exit 127');
    }
  },
  'kills what is deaf, and what that started, at the limit': () => {
    for (const shell of shells) {
      const script = `run_limited 1 sh -c 'trap "" TERM INT; sleep 4242 & sleep 4242'
        echo "$lb_outcome"; sleep 0.5; ps ax -o args | grep -c '^[s]leep 4242'`;
      assert.deepEqual(inWorld(script, shell).out.trim().split('\n'), ['limit', '0']);
    }
  },
  'leaves nothing behind after a program that ended': () => {
    const script = `run_limited 77 true; sleep 0.2; ls /run/lifeboot; ps ax -o args | grep -c '[s]leep 77'`;
    assert.equal(inWorld(script).out.trim(), '0');
  },
  'does not wait for a program in uninterruptible sleep': () => {
    withTempDir((dir) => {
      const image = join(dir, 'frozen.img');
      makeExt4({ target: image, sizeMiB: 24, label: 'frozen' });
      withLoops([image], ([device]) => {
        // Thawed at the end in any case; the write then ends, and with it the last user of the device.
        const script = `mkdir /mnt/frozen; mount ${device} /mnt/frozen; trap 'fsfreeze --unfreeze /mnt/frozen' EXIT
          fsfreeze --freeze /mnt/frozen
          run_limited 1 dd if=/dev/zero of=/mnt/frozen/file count=1
          echo "$lb_outcome"; cat /proc/[0-9]*/stat 2>/dev/null | grep -c '(dd) D '`;
        assert.deepEqual(inWorld(script).out.trim().split('\n'), ['stuck', '1']);
      });
    });
  },
});
