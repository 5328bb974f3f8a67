/** What curl says, and what it means for the next step. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fetchCommand, headCommand, judgeFetch, parseHead, roomFor } from '../../../src/core/install/fetch.ts';
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
      [22, '404', 'denied'],
      [22, '403', 'denied'],
      [22, '416', 'afresh'],
      [22, '408', 'again'],
      [22, '503', 'again'],
      [22, '429', 'again'],
      [60, '000', 'failed'],
      [23, '200', 'full'],
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
  'takes a number for a length, and nothing else, whatever stands around it': () => {
    const line = fc.stringMatching(/^[A-Za-z-]{1,12}: [ -9;-~]{0,20}$/);
    fc.assert(
      fc.property(fc.array(line), fc.nat(), fc.array(line), (before, bytes, after) => {
        const others = [...before, ...after].filter((text) => !/^content-length/i.test(text));
        const head = ['HTTP/1.1 200 OK', ...others, `Content-Length: ${bytes}`, '', ''].join('\r\n');
        assert.equal(parseHead(head).bytes, bytes);
      }),
    );
    for (const value of ['-1', '1e9', '0x10', '1 2', '9'.repeat(16)])
      assert.equal(parseHead(`HTTP/1.1 200 OK\r\nContent-Length: ${value}\r\n\r\n`).bytes, null, value);
  },
  'takes no weak tag for a version that can be continued': () => {
    const head = (more: string): string => `HTTP/1.1 200 OK\r\nETag: W/"v2"\r\n${more}\r\n`;
    assert.equal(parseHead(head('')).version, null);
    assert.equal(parseHead(head('Last-Modified: Sun, 22 Nov 2026\r\n')).version, 'Sun, 22 Nov 2026');
  },
  'never takes an address for a flag, nor follows it to another protocol, nor https to http': () => {
    const wanted = { file: '/f', maxBytes: 5, version: '"v"', isShown: true };
    for (const argv of [fetchCommand({ ...wanted, url: '--help' }), headCommand('--help')]) {
      assert.deepEqual(argv.slice(-2), ['--', '--help']);
      assert.equal(argv[argv.indexOf('--proto-redir') + 1], '=https,http');
      assert.equal(argv[argv.indexOf('curl') + 1], '--disable');
    }
    const safe = fetchCommand({ ...wanted, url: 'https://example.org/x' });
    assert.equal(safe[safe.indexOf('--proto-redir') + 1], '=https');
  },
  'goes on only from a version that it can name': () => {
    const wanted = { url: 'https://example.org/x', file: '/f', maxBytes: 5, isShown: false };
    assert.ok(
      fetchCommand({ ...wanted, version: '"v"' })
        .join(' ')
        .includes('--continue-at - --header If-Range: "v"'),
    );
    assert.equal(fetchCommand({ ...wanted, version: null }).includes('--continue-at'), false);
  },
  'leaves a data partition the room that it needs': () => {
    const mib = 1024 * 1024;
    assert.equal(roomFor({ freeBytes: 100 * mib, sizeBytes: 200 * mib }), 84 * mib);
    assert.equal(roomFor({ freeBytes: 1000 * mib, sizeBytes: 2000 * mib }), 900 * mib);
    assert.equal(roomFor({ freeBytes: 3 * mib, sizeBytes: 200 * mib }), 0);
  },
});
