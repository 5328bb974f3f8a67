import assert from 'node:assert/strict';
import { readLogin } from '../../../src/core/ssh/ssh-login.ts';
import type { Ended } from '../../../src/core/ssh/ssh-outcome.ts';
import { spec } from '../../support/spec.ts';

const BOOT = '0123456789abcdef0123456789abcdef';
const IN =
  'debug1: Server accepts key: /k ED25519 SHA256:x explicit\r\nAuthenticated to localhost ([127.0.0.1]:22) using "publickey".\r\n';

function read(change: Partial<Ended>): string {
  const ended = { status: 255, stdout: '', stderr: '', trouble: null, timedOut: false, ...change };
  const reading = readLogin(ended, BOOT, 'root', 'localhost port 22');
  return reading.kind === 'proven' ? 'proven' : `${reading.kind}: ${reading.why}`;
}

spec('readLogin()', {
  'is proven by the id of this boot alone': () => {
    assert.equal(read({ status: 0, stderr: IN, stdout: `Welcome\nlifeboot-proof ${BOOT}\n` }), 'proven');
    assert.match(read({ status: 0, stderr: IN, stdout: `lifeboot-proof ${'0'.repeat(32)}\n` }), /is on another boot/);
    assert.match(read({ status: 0, stderr: IN, stdout: `lifeboot-proof ${BOOT}0\n` }), /did not answer \(status 0\)/);
    assert.match(read({ status: 0, stderr: IN }), /did not answer \(status 0\)/);
    assert.match(read({ status: 0 }), /^failed: /);
  },
  'has its own words for each way of failing': () => {
    const cases: ReadonlyArray<readonly [Partial<Ended>, string]> = [
      [
        {
          stderr:
            'debug1: connect to address ::1 port 22: Connection refused\r\nssh: connect to host localhost port 22: Connection refused\r\n',
        },
        'no sshd listens at localhost port 22 on this node (Connection refused)',
      ],
      [{ status: null, timedOut: true }, "the node's sshd at localhost port 22 did not answer the login in time"],
      [
        { stderr: 'Connection timed out during banner exchange\r\n' },
        "the node's sshd at localhost port 22 did not answer the login in time",
      ],
      [
        { stderr: 'debug1: Server accepts key: /k ED25519\r\nConnection closed by 127.0.0.1 port 22\r\n' },
        "the node's sshd took the self-check key, but PAM or an account rule denies 'root'",
      ],
      [{ status: 254, stderr: IN }, "the node's sshd let 'root' in, but PAM refused to open a session"],
      [
        { status: 127, stderr: `${IN}bash: line 1: lifeboot: command not found\n` },
        "the login at localhost port 22 succeeded, but its shell finds no 'lifeboot': bash: line 1: lifeboot: command not found",
      ],
      [
        { status: 1, stderr: IN, stdout: 'This account is currently not available.\n' },
        "the login at localhost port 22 succeeded, but 'lifeboot proof --echo' did not answer (status 1): This account is currently not available.",
      ],
      [
        { status: null, timedOut: true, stderr: IN },
        "the login at localhost port 22 succeeded, but 'lifeboot proof --echo' did not answer in time",
      ],
      [
        {
          stderr:
            'No ED25519 host key is known for lifeboot-node and you have requested strict checking.\r\nHost key verification failed.\r\n',
        },
        "WRONG HOST KEY at localhost port 22: who answers there is not this node's sshd",
      ],
    ];
    for (const [change, words] of cases) assert.equal(read(change), `failed: ${words}`);
    assert.equal(new Set(cases.map(([, words]) => words)).size, cases.length - 1);
  },
  'leaves a refused key to be explained by the account': () => {
    assert.match(read({ stderr: 'root@localhost: Permission denied (publickey).\r\n' }), /^keyRefused: /);
  },
});
