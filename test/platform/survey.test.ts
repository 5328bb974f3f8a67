/** What `doctor` reads of units and files. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BootError } from '../../src/core/errors.ts';
import { makeSurvey, readUnitState } from '../../src/platform/survey.ts';
import { spec } from '../support/spec.ts';
import { withTempDir } from '../support/temp-dir.ts';

const survey = makeSurvey((name) => {
  throw new BootError('ABSENT', `no '${name}'`);
});

spec('readUnitState()', {
  'calls enabled what something wants, wherever its link is': () => {
    const vendor = 'LoadState=loaded\nUnitFileState=disabled\nWantedBy=multi-user.target\nRequiredBy=\n';
    assert.equal(readUnitState(vendor), 'enabled');
    assert.equal(readUnitState('WantedBy=\nRequiredBy=boot-complete.target\nLoadState=loaded\n'), 'enabled');
  },
  'says what else it is': () => {
    assert.equal(readUnitState('LoadState=not-found\nUnitFileState=\nWantedBy=\nRequiredBy=\n'), 'not installed');
    assert.equal(readUnitState('LoadState=masked\nUnitFileState=masked\nWantedBy=\n'), 'masked');
    assert.equal(readUnitState('LoadState=loaded\nUnitFileState=disabled\nWantedBy=\n'), 'disabled');
  },
});

spec('makeSurvey()', {
  'tells files apart and expands patterns to what is there': () => {
    withTempDir((dir) => {
      const file = (name: string, text: string) => writeFileSync(join(dir, name), text);
      file('ssh_host_rsa_key', 'one');
      file('ssh_host_ed25519_key', 'one');
      file('other', 'two');
      chmodSync(join(dir, 'other'), 0o640);
      mkdirSync(join(dir, 'ssh_host_.d'));
      assert.equal((survey.file(join(dir, 'other'))?.mode ?? 0) & 0o777, 0o640);
      assert.equal(survey.file(join(dir, 'other/below')), null);
      assert.equal(survey.sameContent(join(dir, 'ssh_host_rsa_key'), join(dir, 'ssh_host_ed25519_key')), true);
      assert.equal(survey.sameContent(join(dir, 'ssh_host_rsa_key'), join(dir, 'other')), false);
      assert.equal(survey.sameContent(join(dir, 'ssh_host_rsa_key'), join(dir, 'nothing')), null);
      const expanded = survey.expand([
        join(dir, 'ssh_host_*key'),
        join(dir, 'nothing'),
        join(dir, 'none/*'),
        join(dir, 'other'),
      ]);
      assert.deepEqual(
        expanded.map((path) => path.slice(dir.length + 1)),
        ['ssh_host_ed25519_key', 'ssh_host_rsa_key', 'other'],
      );
    });
  },
  'does not call a device that is not there write-protected': () => {
    assert.equal(survey.whyReadOnly('LABEL=nowhere'), null);
  },
});
