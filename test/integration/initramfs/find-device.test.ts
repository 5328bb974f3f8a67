/** Finding a disk by name with busybox alone, against what util-linux says of the same disk. Root, loop devices. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';
import { makeDisk, makeExt4 } from '../../vm/support/disk.ts';
import { runTool } from '../../vm/support/run-tool.ts';
import { inWorld, shells, withLoops } from './shell-world.ts';

const load = '. "$LB_SHARE/find-device.sh"; . "$LB_SHARE/find-partuuid.sh"\n';

spec('find_device', {
  'finds by label and id, also where blkid does not run': () => {
    withTempDir((dir) => {
      const image = join(dir, 'disk.img');
      makeExt4({ target: image, sizeMiB: 24, label: 'lb-test-label' });
      const uuid = runTool('blkid', ['-p', '-o', 'value', '-s', 'UUID', image]).stdout.trim();
      withLoops([image], ([device]) => {
        for (const shell of shells) {
          const find = `find_device LABEL=lb-test-label; find_device UUID=${uuid}; find_device ${device}`;
          assert.equal(inWorld(`${load}${find}`, shell).out, `${device}\n`.repeat(3));
          assert.equal(inWorld(`${load}blkid() { return 127; }\n${find}`, shell).out, `${device}\n`.repeat(3));
        }
        assert.equal(inWorld(`${load}find_device LABEL=gone || find_device nonsense || echo none`).out, 'none\n');
      });
    });
  },
});

spec('partuuid_of', {
  'reads the ids of a GPT and of an MBR': () => {
    withTempDir((dir) => {
      const gpt = join(dir, 'gpt.img');
      makeDisk(
        gpt,
        ['one', 'two', 'three'].map((name) => ({ name, sizeMiB: 1 })),
      );
      const mbr = join(dir, 'mbr.img');
      runTool('truncate', ['-s', '4M', mbr]);
      runTool('sfdisk', ['-q', mbr], { input: 'label: dos\nlabel-id: 0xc0ffee01\nstart=1MiB, size=1MiB\n' });
      const ids = [1, 2, 3].map((index) =>
        runTool('sfdisk', ['--part-uuid', gpt, `${index}`])
          .stdout.trim()
          .toLowerCase(),
      );
      withLoops([gpt, mbr], ([g = '', m = '']) => {
        const of = (device: string, index: number): string => `partuuid_of ${device.slice('/dev/'.length)} ${index}`;
        const script = `${load}${[1, 2, 3].map((index) => of(g, index)).join('; ')}; ${of(m, 1)}`;
        for (const shell of shells)
          assert.deepEqual(inWorld(script, shell).out.trim().split('\n'), [...ids, 'c0ffee01-01']);
      });
    });
  },
});
