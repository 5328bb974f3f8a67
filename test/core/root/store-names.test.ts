import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cleanPath, globPattern, persistName, retiredUppers, upperName } from '../../../src/core/root/store-names.ts';
import { spec } from '../../support/spec.ts';

spec('persistName()', {
  'is flat, and different for different paths': () => {
    assert.equal(persistName('/var'), 'var');
    assert.equal(persistName('/var/lib/docker/'), 'var-lib-docker');
    assert.equal(persistName('/var-lib/docker'), 'var\\x2dlib-docker');
    const path = fc
      .array(fc.stringMatching(/^[a-zé.\\ -]{1,4}$/), { minLength: 1, maxLength: 4 })
      .map((parts) => `/${parts.join('/')}`)
      .filter((text) => !text.split('/').some((part) => part === '.' || part === '..'));
    fc.assert(
      fc.property(path, path, (a, b) => {
        assert.equal(persistName(a) === persistName(b), cleanPath(a) === cleanPath(b), `${a} and ${b}`);
        assert.doesNotMatch(persistName(a), /^\.|\//);
      }),
    );
  },
});

spec('cleanPath()', {
  'shortens, and refuses what is not below the root': () => {
    assert.equal(cleanPath('//etc/./ssh/'), '/etc/ssh');
    for (const path of ['', '/', 'etc', '/etc/../..', '/a/..', '/.', '/a\0b']) {
      assert.throws(() => cleanPath(path), /not an absolute path/, path);
    }
  },
});

spec('globPattern()', {
  'matches within one component, and no hidden file': () => {
    const keys = globPattern('ssh_host_*');
    assert.ok(keys?.test('ssh_host_rsa_key') && !keys.test('ssh_host_a/b') && !keys.test('xssh_host_'));
    assert.ok(globPattern('*')?.test('a') && !globPattern('*')?.test('.a'));
    assert.ok(globPattern('a.?')?.test('a.b') && !globPattern('a.?')?.test('axb'));
    assert.equal(globPattern('machine-id'), null);
  },
});

spec('upperName()', {
  'takes ids and nothing that could climb': () => {
    assert.equal(upperName('0a'.repeat(32)), '0a'.repeat(32));
    for (const id of ['', '..', '.x', 'a/b', 'a:b', 'a,b', 'x'.repeat(129)])
      assert.throws(() => upperName(id), /cannot name/);
  },
});

spec('retiredUppers()', {
  'keeps the current one and the last one of the slot, and everything of other slots': () => {
    const names = ['a-new', 'b-x', 'a-last', 'aa-y', 'a-older', 'b-z', 'a-oldest', 'a-b-w', 'stray'];
    assert.deepEqual(retiredUppers(names, 'a-new'), ['a-older', 'a-oldest']);
    assert.deepEqual(retiredUppers(names, 'r-new'), []);
  },
});
