import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BootError } from '../../../src/core/errors.ts';
import { formatForward, parseForward } from '../../../src/core/ssh/ssh-forward.ts';
import { spec } from '../../support/spec.ts';

const target = { host: 'localhost', port: 22 };

spec('parseForward()', {
  "reads each way to write the server's end": () => {
    const cases = [
      ['0:localhost:22', { kind: 'port', address: null, port: 0 }],
      ['2022:localhost:22', { kind: 'port', address: null, port: 2022 }],
      ['10.0.0.1:2022:localhost:22', { kind: 'port', address: '10.0.0.1', port: 2022 }],
      ['[2001:db8::1]:2022:localhost:22', { kind: 'port', address: '2001:db8::1', port: 2022 }],
      ['*:0:localhost:22', { kind: 'port', address: '*', port: 0 }],
      [':2022:localhost:22', { kind: 'port', address: '*', port: 2022 }],
      ['/home_dirs/node-W023/rtun.sock:localhost:22', { kind: 'socket', path: '/home_dirs/node-W023/rtun.sock' }],
    ] as const;
    for (const [text, remote] of cases) assert.deepEqual(parseForward(text), { remote, target }, text);
  },
  'reads a target in brackets': () => {
    assert.deepEqual(parseForward('0:[::1]:2222').target, { host: '::1', port: 2222 });
  },
  'gives back what ssh takes': () => {
    for (const text of ['0:localhost:22', '[::]:2022:[::1]:22', '10.0.0.1:1:h:2', '/a/b.sock:localhost:22']) {
      assert.equal(formatForward(parseForward(text)), text);
    }
  },
  'refuses what ssh would read as something else, quoting it': () => {
    const bad = ['', '22', '22:localhost', 'x:localhost:22', '70000:localhost:22', '22:localhost:0', '22:-oProxy:22'];
    const expanded = ['/a/%h.sock:localhost:22', '/a/$HOME:localhost:22', '~/a:localhost:22', '/a b:localhost:22'];
    const odd = ['1:2:3:4:5', '[::1:22:localhost:22', '::1:22:localhost:22', '22:local host:22', '22:[x]:22'];
    for (const text of [...bad, ...expanded, ...odd]) {
      assert.throws(() => parseForward(text), { code: 'CONFIG', message: /expected REMOTE:HOST:PORT/ }, text);
    }
  },
  'gives ssh nothing to expand or to split, whatever is written': () => {
    const piece = fc.constantFrom(
      '0',
      '22',
      ':',
      '/a',
      '[',
      ']',
      '::1',
      '-',
      '%h',
      '$X',
      '~',
      ' ',
      '"',
      'host',
      '*',
      ',',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          let forward: ReturnType<typeof parseForward>;
          try {
            forward = parseForward(text);
          } catch (error) {
            assert.ok(error instanceof BootError && error.code === 'CONFIG');
            return;
          }
          assert.match(formatForward(forward), /^[A-Za-z0-9_.,@+=/*[][A-Za-z0-9_.,@+=/:[\]*-]*$/);
          assert.deepEqual(parseForward(formatForward(forward)), forward);
        },
      ),
      { numRuns: 2000 },
    );
  },
});
