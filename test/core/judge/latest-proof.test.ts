/** What the boot state knows of the time: the clock of a node without a battery goes on from there. */
import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/core/config/parse-config.ts';
import { markProven } from '../../../src/core/judge/mark-proven.ts';
import type { RunningBoot } from '../../../src/core/judge/running-boot.ts';
import { formatState, parseState } from '../../../src/core/state/state-json.ts';
import { BOOT_ID, CONFIG_TEXT, NOW, someState, whileRunning } from '../../support/fake-ports.ts';
import { spec } from '../../support/spec.ts';

const config = parseConfig(CONFIG_TEXT, 'lifeboot.toml').config;
const boot: RunningBoot = {
  ...{ bootId: BOOT_ID, slot: 'a', attempt: 1, mode: 'normal', deploymentId: 'aaaa' },
  ...{ partuuid: null, serial: null, attemptSaved: true },
};
const before = { ...whileRunning(someState(), 'a'), latestProofAt: '2026-11-20T08:00:00Z' };

spec('latestProofAt', {
  'is the time of the last proof': () => {
    const { latestProofAt } = markProven(before, boot, { level: 'loop', at: NOW }, config);
    assert.equal(latestProofAt, NOW);
  },
  'stays when the proof has no time of its own, because the clock is not trusted': () => {
    const { latestProofAt } = markProven(before, boot, { level: 'loop', at: null }, config);
    assert.equal(latestProofAt, '2026-11-20T08:00:00Z');
  },
  'follows a clock that somebody has put back: it had been wrong before': () => {
    const ahead = { ...before, latestProofAt: '2044-01-01T00:00:00Z' };
    assert.equal(markProven(ahead, boot, { level: 'loop', at: NOW }, config).latestProofAt, NOW);
  },
  'is kept on disk, and an older record without it still reads': () => {
    const read = parseState(formatState({ ...before, owner: 'W023' }));
    assert.ok('state' in read);
    assert.deepEqual([read.state.latestProofAt, read.state.owner], ['2026-11-20T08:00:00Z', 'W023']);
    const older = parseState(formatState(someState()));
    assert.ok('state' in older && !('latestProofAt' in older.state));
  },
});
