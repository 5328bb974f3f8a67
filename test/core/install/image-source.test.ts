/** What `install` takes as an image. */
import assert from 'node:assert/strict';
import { parseImage } from '../../../src/core/install/image-source.ts';
import { spec } from '../../support/spec.ts';

spec('the image of install', {
  'is a file, with its signature beside it, and never the name of a slot': () => {
    assert.deepEqual(parseImage('/srv/os.ext4'), {
      kind: 'file',
      path: '/srv/os.ext4',
      signature: '/srv/os.ext4.sig',
    });
    assert.deepEqual(parseImage('b'), { kind: 'file', path: './b', signature: './b.sig' });
  },
  'is an address, whose query belongs to image and signature, and whose name is the same at each try': () => {
    const found = parseImage('https://Example.org/os 2.ext4?token=a/b');
    assert.equal(found.kind, 'web');
    assert.deepEqual(found.kind === 'web' && [found.url, found.signature, /^[0-9a-f]{32}$/.test(found.name)], [
      'https://example.org/os%202.ext4?token=a/b',
      'https://example.org/os%202.ext4.sig?token=a/b',
      true,
    ]);
    assert.deepEqual(parseImage('https://example.org/os%202.ext4?token=a/b'), found);
  },
  'keeps user, password and query out of messages, and is the same file when a signed query has changed': () => {
    const [one, two] = ['x', 'y'].map((token) => parseImage(`https://me:secret@example.org/os.ext4?token=${token}`));
    assert.ok(one?.kind === 'web' && two?.kind === 'web');
    assert.deepEqual([one.shown, one.name], ['https://example.org/os.ext4', two.name]);
  },
  'is no other kind of address': () => {
    for (const word of ['file:///etc/passwd', 'ftp://example.org/x', 'https://', 'HTTP://:x/', 'scp://a/b'])
      assert.throws(() => parseImage(word), { code: 'USAGE', message: /is no address that an image can be fetched/ });
  },
});
