/** The messages are OpenSSH 9.2's own (Debian 12), captured from real runs; some of other releases beside them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Ended, readProbe, readRefusal, readTrouble, withoutDebug } from '../../../src/core/ssh/ssh-outcome.ts';
import { spec } from '../../support/spec.ts';

const ended = (change: Partial<Ended>): Ended => ({
  status: 255,
  stdout: '',
  stderr: '',
  trouble: null,
  timedOut: false,
  ...change,
});

const CHANGED = `@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Add correct host key in /etc/lifeboot/known_hosts to get rid of this message.
Host key for [127.0.0.1]:2200 has changed and you have requested strict checking.
Host key verification failed.\r\n`;

const UNKNOWN = `No ED25519 host key is known for [127.0.0.1]:2200 and you have requested strict checking.\r
Host key verification failed.\r\n`;

/** What ssh said, the kind, and how the words begin. */
const CASES: ReadonlyArray<readonly [string, 'busy' | 'clock' | 'broken', string]> = [
  ['Error: remote port forwarding failed for listen port 4444\n', 'busy', 'the server refused the forward (port 4444)'],
  [
    'Error: remote port forwarding failed for listen path /t/r.sock\n',
    'busy',
    'the server refused the forward (path /t/r.sock)',
  ],
  [
    'Warning: remote port forwarding failed for listen port 4444\n',
    'busy',
    'the server refused the forward (port 4444)',
  ],
  [
    `Certificate invalid: expired\n${UNKNOWN}`,
    'clock',
    "the server's host certificate was refused for its dates alone (expired)",
  ],
  [
    `Certificate invalid: not yet valid\n${UNKNOWN}`,
    'clock',
    "the server's host certificate was refused for its dates alone (not yet valid)",
  ],
  [
    `Certificate invalid: name is not a listed principal\n${UNKNOWN}`,
    'broken',
    "the server's host certificate was refused: name is not a listed principal",
  ],
  [CHANGED, 'broken', 'WRONG HOST KEY'],
  [UNKNOWN, 'broken', "the host key of '[127.0.0.1]:2200' is not pinned"],
  ['Host key verification failed.\r\n', 'broken', "the server's host key was refused"],
  [
    'root@127.0.0.1: Permission denied (publickey,password).\r\n',
    'broken',
    'the server refused our key (it offers: publickey,password)',
  ],
  [
    'ssh: connect to host 127.0.0.1 port 2299: Connection refused\r\n',
    'broken',
    "cannot connect to '127.0.0.1' port 2299: Connection refused",
  ],
  [
    'ssh: connect to host 10.9.9.9 port 22: Connection timed out\r\n',
    'broken',
    "cannot connect to '10.9.9.9' port 22: Connection timed out",
  ],
  [
    'ssh: connect to host 10.9.9.9 port 22: Network is unreachable\r\n',
    'broken',
    "cannot connect to '10.9.9.9' port 22: Network is unreachable",
  ],
  [
    'ssh: Could not resolve hostname lifeboot.invalid: Temporary failure in name resolution\r\n',
    'broken',
    "cannot resolve 'lifeboot.invalid': Temporary failure in name resolution",
  ],
  ['Timeout, server 10.77.0.2 not responding.\r\n', 'broken', "server '10.77.0.2' stopped answering"],
  [
    'Connection timed out during banner exchange\r\nConnection to 127.0.0.1 port 2201 timed out\r\n',
    'broken',
    'the server took the connection but did not answer in time',
  ],
  [
    'Connection closed by 127.0.0.1 port 2200\r\n',
    'broken',
    'the server ended the connection (Connection closed by 127.0.0.1 port 2200)',
  ],
  ['kex_exchange_identification: Connection closed by remote host\r\n', 'broken', 'the server ended the connection'],
  ['client_loop: send disconnect: Broken pipe\r\n', 'broken', 'the connection broke (Broken pipe)'],
  [
    'Load key "/etc/lifeboot/tunnel_key": error in libcrypto\r\nroot@h: Permission denied (publickey).\r\n',
    'broken',
    'the server refused our key',
  ],
];

spec('readTrouble()', {
  'knows what OpenSSH says': () => {
    for (const [said, kind, words] of CASES) {
      const trouble = readTrouble(said);
      assert.equal(trouble?.kind, kind, said);
      assert.ok(trouble?.why.startsWith(words), `${trouble?.why} begins with ${words}`);
      assert.doesNotMatch(trouble?.why ?? '', /[\r\n]/);
    }
  },
  'finds no trouble in what a working tunnel says': () => {
    assert.equal(readTrouble('Allocated port 45053 for remote forward to localhost:22\r\n'), null);
    assert.equal(readTrouble('channel 2: open failed: administratively prohibited: open failed\r\n'), null);
    assert.equal(readTrouble(''), null);
  },
  'takes anything, and never gives more than one line': () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(...CASES.map(([said]) => said)), (noise, said) => {
        for (const text of [noise, `${noise}\n${said}`]) assert.doesNotMatch(readTrouble(text)?.why ?? '', /\n/);
        assert.notEqual(readTrouble(`${noise}\n${said}`), null);
      }),
    );
  },
});

spec('readProbe()', {
  'takes a channel that was refused or accepted for an answer': () => {
    const refused = 'Stdio forwarding request failed: Session open refused by peer\r\n';
    assert.deepEqual(readProbe(ended({ stderr: refused })), { kind: 'answered' });
    const accepted = 'OpenSSH_9.2p1 Debian\r\ndebug1: mux_client_request_stdio_fwd: master session id: 2\r\n';
    assert.deepEqual(readProbe(ended({ status: 0, stderr: accepted })), { kind: 'answered' });
    const talks = ended({ status: null, timedOut: true, stdout: 'SSH-2.0-x', stderr: accepted });
    assert.deepEqual(readProbe(talks), { kind: 'answered' });
  },
  'takes no exit code for an answer': () => {
    assert.equal(readProbe(ended({ status: 0 })).kind, 'unclear');
    assert.equal(readProbe(ended({ status: 0, stdout: 'SSH-2.0-x' })).kind, 'unclear');
  },
  'knows that there is no master': () => {
    const stale = 'Control socket connect(/run/lifeboot/ctl): Connection refused\r\n';
    const alone =
      'kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n';
    for (const stderr of [stale, alone, `${stale}${alone}`])
      assert.equal(readProbe(ended({ stderr })).kind, 'noMaster');
  },
  'knows that nothing came in time, whatever the master said': () => {
    for (const stderr of [
      '',
      'OpenSSH_9.2p1 Debian\r\n',
      'debug1: mux_client_request_stdio_fwd: master session id: 2\r\n',
    ]) {
      assert.equal(readProbe(ended({ status: null, timedOut: true, stderr })).kind, 'silent');
    }
  },
  'does not call it a missing master when only this user may not ask it': () => {
    const stderr =
      'Control socket connect(/run/lifeboot/tunnel.ctl): Permission denied\r\nConnection closed by UNKNOWN port 65535\r\n';
    assert.equal(readProbe(ended({ stderr })).kind, 'unclear');
  },
});

spec('readRefusal()', {
  'tells what the server does not permit from what is not there': () => {
    assert.equal(readRefusal('channel 2: open failed: administratively prohibited: open failed\r\n'), 'prohibited');
    assert.equal(readRefusal('channel 2: open failed: unknown channel type: unsupported\r\n'), 'prohibited');
    assert.equal(readRefusal('channel 2: open failed: connect failed: Connection refused\r\n'), 'nobody');
    assert.equal(readRefusal('channel 1: open failed: connect failed: open failed\r\n'), 'unsaid');
    assert.equal(readRefusal('connect_to localhost port 22: failed.\r\n'), null);
  },
});

spec('withoutDebug()', {
  'leaves what ssh would say without -v': () => {
    const stderr = 'OpenSSH_9.2p1 Debian\r\ndebug1: Server accepts key: x\r\nHost key verification failed.\r\n';
    assert.equal(withoutDebug(stderr), 'Host key verification failed.');
  },
});
