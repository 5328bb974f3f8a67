/** What ssh-keygen is asked, and what its answers mean. */
import assert from 'node:assert/strict';
import { isOtherImage, principalsOf, verifyCommand } from '../../../src/core/install/signature.ts';
import { spec } from '../../support/spec.ts';

spec('a signature', {
  'is asked for by the names that were found, then by those of every line, and by no pattern': () => {
    const signers =
      '# who may\n\ngit@x namespaces="git" ssh-ed25519 AAAA\n"a@x,*@y",!evil@x ssh-ed25519 AAAA\n-n ssh AAAA\n';
    assert.deepEqual(principalsOf('git@x\n', signers), ['git@x', 'a@x']);
    assert.deepEqual(principalsOf('', ''), []);
  },
  'counts for images alone': () => {
    const argv = verifyCommand({ signature: '/s', signers: '/a' }, 'me');
    assert.equal(argv[argv.indexOf('-n') + 1], 'lifeboot-image');
  },
  'is of another image only where ssh-keygen says so': () => {
    assert.equal(isOtherImage('Signature verification failed: incorrect signature\nCould not verify signature.'), true);
    assert.equal(isOtherImage("Couldn't verify signature: namespace does not match"), false);
  },
});
