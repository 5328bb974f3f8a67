import assert from 'node:assert/strict';
import fc from 'fast-check';
import { authorizedLine, formatAnswer, parseAnswer, withAuthorizedLine } from '../../../src/core/ssh/proof-echo.ts';
import { spec } from '../../support/spec.ts';

const LINE = authorizedLine('ssh-ed25519 AAAA root@somewhere\n');

spec('parseAnswer()', {
  'finds the answer among what a profile prints': () => {
    const bootId = '0123456789abcdef0123456789abcdef';
    assert.equal(parseAnswer(`hello\n${formatAnswer(bootId)}\r\nbye\n`), bootId);
  },
  'takes nothing else for an answer': () => {
    for (const text of ['', 'lifeboot-proof', 'lifeboot-proof 0123', `x lifeboot-proof ${'0'.repeat(32)}`]) {
      assert.equal(parseAnswer(text), null);
    }
  },
});

spec('withAuthorizedLine()', {
  'allows the one command and nothing else': () => {
    assert.equal(LINE, 'restrict,command="lifeboot proof --echo" ssh-ed25519 AAAA lifeboot-selfcheck');
  },
  'replaces the line of an older key and keeps all others': () => {
    const older = authorizedLine('ssh-ed25519 BBBB x');
    const before = `# mine\nssh-rsa CCCC me\n${older}\nssh-rsa DDDD you\n`;
    assert.equal(withAuthorizedLine(before, LINE), `# mine\nssh-rsa CCCC me\nssh-rsa DDDD you\n${LINE}\n`);
  },
  'keeps every other line, and does nothing twice': () => {
    const line = fc.string().filter((text) => !/[\r\n]/.test(text) && !/\slifeboot-selfcheck\s*$/.test(text));
    fc.assert(
      fc.property(fc.array(line), fc.boolean(), (lines, isEnded) => {
        const before = lines.join('\n') + (isEnded && lines.length > 0 ? '\n' : '');
        const once = withAuthorizedLine(before, LINE);
        assert.equal(withAuthorizedLine(once, LINE), once);
        const expected = before === '' ? [] : before.replace(/\n$/, '').split('\n');
        assert.deepEqual(once.split('\n'), [...expected, LINE, '']);
      }),
    );
  },
});
