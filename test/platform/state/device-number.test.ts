import assert from 'node:assert/strict';
import { formatDeviceNumber } from '../../../src/platform/state/device-number.ts';
import { spec } from '../../support/spec.ts';

spec('formatDeviceNumber()', {
  'splits what makedev(3) joined, also beyond eight bits': () => {
    assert.equal(formatDeviceNumber(0x0801), '8:1');
    assert.equal(formatDeviceNumber(0x103_05), '259:5');
    assert.equal(formatDeviceNumber(0x10_0700), '7:256');
  },
});
