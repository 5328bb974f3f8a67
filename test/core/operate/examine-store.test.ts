/** What doctor says of the programs behind run and snapshot. */
import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/core/config/parse-config.ts';
import { examineStore, storeTools } from '../../../src/core/operate/examine-store.ts';
import { CONFIG_TEXT } from '../../support/fake-ports.ts';
import { spec } from '../../support/spec.ts';

const { config } = parseConfig(CONFIG_TEXT, 'lifeboot.toml');

spec('examineStore()', {
  'names the package of each program that is missing': () => {
    assert.deepEqual(
      examineStore(config, ['/usr/bin/unshare']).map(({ level, found }) => [level, found]),
      [
        [
          'ok',
          'run and snapshot need what is not installed: mkfs.erofs or mksquashfs (package erofs-utils), getfattr (package attr)',
        ],
      ],
    );
  },
  'is content with either packer': () => {
    for (const packer of ['mkfs.erofs', 'mksquashfs']) {
      const [only, ...more] = examineStore(config, ['/bin/unshare', '/usr/bin/getfattr', `/usr/bin/${packer}`]);
      assert.deepEqual([only?.level, more], ['ok', []]);
    }
  },
  'says nothing where nothing is kept': () => {
    assert.deepEqual(examineStore({ ...config, upper: { ...config.upper, device: null } }, []), []);
  },
  'looks where programs are': () => {
    assert.ok(storeTools().includes('/usr/bin/mkfs.erofs'));
  },
});
