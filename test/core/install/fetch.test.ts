/** What curl says, and what it means for the next step. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fetchCommand, headCommand, judgeFetch, parseHead } from '../../../src/core/install/fetch.ts';
import { spec } from '../../support/spec.ts';

spec('a fetch', {
  'goes on after what passes, begins afresh where ranges are not known, and gives up on what does not pass': () => {
    const cases: readonly (readonly [number | null, string, string])[] = [
      [0, '206', 'done'],
      [0, '200', 'done'],
      [18, '206', 'again'],
      [28, '000', 'again'],
      [6, '000', 'again'],
      [33, '200', 'afresh'],
      [22, '404', 'absent'],
      [22, '410', 'absent'],
      [22, '503', 'again'],
      [22, '429', 'again'],
      [22, '403', 'failed'],
      [60, '000', 'failed'],
      [23, '200', 'failed'],
      [null, '', 'failed'],
    ];
    for (const [status, printed, outcome] of cases) assert.equal(judgeFetch(status, printed), outcome, `${status}`);
  },
  'is told size and version by the last of several answers': () => {
    const moved = 'HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 5\r\nETag: "old"\r\n\r\n';
    const head = 'HTTP/2 200 \r\ncontent-length: 1234\r\nlast-modified: Sun, 22 Nov 2026\r\netag: "v2"\r\n\r\n';
    assert.deepEqual(parseHead(`${moved}${head}`), { bytes: 1234, version: '"v2"' });
    assert.deepEqual(parseHead('HTTP/1.1 200 OK\r\nLast-Modified: Sun, 22 Nov 2026 \r\n\r\n'), {
      bytes: null,
      version: 'Sun, 22 Nov 2026',
    });
    assert.deepEqual(parseHead('HTTP/1.0 200 OK\r\nContent-Length: -3\r\n\r\n'), { bytes: null, version: null });
  },
  'makes something of any headers': () => {
    fc.assert(
      fc.property(fc.string(), (headers) => {
        const { bytes } = parseHead(headers);
        return bytes === null || Number.isSafeInteger(bytes);
      }),
    );
  },
  'never takes an address for a flag, nor follows it to another protocol': () => {
    for (const argv of [fetchCommand('--help', '/f', true), headCommand('--help')]) {
      assert.deepEqual(argv.slice(-2), ['--', '--help']);
      assert.equal(argv[argv.indexOf('--proto-redir') + 1], '=https,http');
    }
  },
});
