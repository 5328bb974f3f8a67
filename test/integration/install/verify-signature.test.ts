/** Signatures by the real ssh-keygen: whose count, and what makes one worth nothing. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { verifySignature } from '../../../src/platform/install/verify-signature.ts';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';

function sign(key: string, image: string, namespace = 'lifeboot-image'): void {
  rmSync(`${image}.sig`, { force: true });
  execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', namespace, '-f', key, image], { stdio: 'ignore' });
}

interface Place {
  readonly dir: string;
  readonly image: string;
  readonly signers: string;
  key(name: string): string;
  verify(): string;
}

function withImage(body: (place: Place) => void): void {
  withTempDir((dir) => {
    const [image, signers] = [join(dir, 'os.img'), join(dir, 'allowed_signers')];
    const key = (name: string): string => {
      const file = join(dir, name);
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
      return file;
    };
    writeFileSync(image, 'an image'.repeat(100_000));
    const verify = (): string => verifySignature(image, { signature: `${image}.sig`, signers });
    body({ dir, image, signers, key, verify });
  });
}

const allow = (name: string, key: string, options = ''): string =>
  `${name} ${options}${readFileSync(`${key}.pub`, 'utf8')}`;

spec('the signature of an image', {
  'counts when one of the allowed signers made it': () => {
    withImage(({ image, signers, key, verify }) => {
      const [other, own] = [key('other'), key('own')];
      const limited = allow('release@example.org', own, 'namespaces="lifeboot-image" ');
      writeFileSync(signers, `# who may\n${allow('old@example.org', other)}${limited}`);
      sign(own, image);
      assert.equal(verify(), 'release@example.org');
    });
  },
  'counts when its key stands in a line for something else first, and beside patterns': () => {
    withImage(({ image, signers, key, verify }) => {
      const own = key('own');
      sign(own, image);
      writeFileSync(signers, `${allow('git@x', own, 'namespaces="git" ')}${allow('images@x', own)}`);
      assert.equal(verify(), 'images@x');
      writeFileSync(signers, allow('!evil@x,a@x,*@y', own));
      assert.equal(verify(), 'a@x');
    });
  },
  'counts for nothing when it is of somebody else, of another purpose, out of time, or of another image': () => {
    withImage(({ image, signers, key, verify }) => {
      const [stranger, own] = [key('stranger'), key('own')];
      writeFileSync(signers, allow('release@example.org', own));
      sign(stranger, image);
      assert.throws(verify, { code: 'BAD_DATA', message: /^the signature is of no signer of/ });
      sign(own, image, 'git');
      assert.throws(verify, {
        code: 'BAD_DATA',
        message: /^no signer of '\S+' may sign '\S+': 'release@example.org': /,
      });
      sign(own, image);
      appendFileSync(image, 'x');
      assert.throws(verify, { code: 'CONTENT', message: /is not the image that was signed/ });
      sign(own, image);
      assert.equal(verify(), 'release@example.org');
      writeFileSync(signers, allow('release@example.org', own, 'valid-before="20200101" '));
      assert.throws(verify, { code: 'BAD_DATA' });
      writeFileSync(`${image}.sig`, 'noise');
      assert.throws(verify, { code: 'BAD_DATA' });
    });
  },
  'is not even looked at where others could change what is checked': () => {
    withImage(({ dir, image, signers, key, verify }) => {
      const own = key('own');
      writeFileSync(signers, allow('release@example.org', own));
      sign(own, image);
      for (const file of [image, signers, `${image}.sig`]) {
        chmodSync(file, 0o664);
        assert.throws(verify, { code: 'REFUSED', message: new RegExp(`^'${file}' can be changed by others`) });
        chmodSync(file, 0o644);
        chownSync(file, 1000, 0);
        assert.throws(verify, { code: 'REFUSED' });
        chownSync(file, 0, 0);
      }
      chmodSync(dir, 0o777);
      assert.throws(verify, { code: 'REFUSED', message: new RegExp(`^'${dir}' can be changed by others`) });
      chmodSync(dir, 0o1777);
      assert.equal(verify(), 'release@example.org');
    });
  },
  'is refused without a list of signers, and through a link it is the file behind it that counts': () => {
    withImage(({ dir, image, signers, key, verify }) => {
      const own = key('own');
      sign(own, image);
      assert.throws(verify, { code: 'UNAVAILABLE', message: /^there is no '\S+allowed_signers'/ });
      writeFileSync(signers, allow('release@example.org', own));
      mkdirSync(join(dir, 'open'));
      chmodSync(join(dir, 'open'), 0o777);
      renameSync(image, join(dir, 'open/os.img'));
      execFileSync('ln', ['-s', 'open/os.img', image]);
      assert.throws(verify, { code: 'REFUSED', message: /open' can be changed by others/ });
      chmodSync(join(dir, 'open'), 0o755);
      chmodSync(join(dir, 'open/os.img'), 0o1664);
      assert.throws(verify, { code: 'REFUSED', message: /os\.img' can be changed by others/ });
    });
  },
});
