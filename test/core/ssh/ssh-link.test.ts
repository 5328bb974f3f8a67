import assert from 'node:assert/strict';
import { describeSilence, parseTcpTable } from '../../../src/core/ssh/ssh-link.ts';
import { spec } from '../../support/spec.ts';

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (state: string, unacked: string, inode: string): string =>
  `   1: 01004D0A:B1D6 02004D0A:0898 ${state} ${unacked}:00000000 01:00000014 00000000     0        0 ${inode} 2 0000 20 4 30 10 -1\n`;
const judge = (table: string): string => describeSilence(parseTcpTable(table), new Set(['77']), 2200);

spec('describeSilence()', {
  'blames the link when bytes stay unacknowledged': () => {
    assert.match(judge(HEAD + row('01', '00000034', '77')), /^the link drops packets/);
  },
  'blames the server when its kernel took everything': () => {
    assert.match(judge(HEAD + row('01', '00000000', '77')), /^the server is frozen/);
  },
  'blames nobody without the connection': () => {
    for (const table of ['', HEAD, HEAD + row('01', '00000034', '78'), HEAD + row('08', '00000034', '77')]) {
      assert.equal(judge(table), 'the server did not answer');
    }
  },
});
