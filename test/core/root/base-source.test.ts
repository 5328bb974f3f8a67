/** What a slot's base is, in words. */
import assert from 'node:assert/strict';
import { describeSource, ownUpgrade, plainSource } from '../../../src/core/root/base-source.ts';
import { spec } from '../../support/spec.ts';

const root = 'LABEL=x';

spec('describeSource()', {
  'names device, image and deployment': () => {
    assert.equal(describeSource({ root, image: null, ostree: null }), 'LABEL=x');
    assert.equal(describeSource({ root, image: 'images/a.erofs' }), "LABEL=x, image 'images/a.erofs'");
    assert.equal(describeSource({ root, subvolume: '@roots/a' }), "LABEL=x, subvolume '@roots/a'");
    assert.equal(describeSource({ root, ostree: 'debian/1' }), "LABEL=x, OSTree deployment 'debian/1'");
  },
});

spec('plainSource()', {
  'has no keys that say nothing': () => {
    assert.deepEqual(plainSource({ root, image: null, ostree: null }), { root });
    assert.deepEqual(plainSource({ root, image: 'a' }), { root, image: 'a' });
    assert.deepEqual(plainSource({ root, subvolume: '@' }), { root, subvolume: '@' });
  },
});

spec('ownUpgrade()', {
  'says how a slot that is no partition gets its next system': () => {
    assert.equal(ownUpgrade({ root }), null);
    assert.match(ownUpgrade({ root, ostree: 'debian' })?.how ?? '', /ostree admin upgrade/);
    assert.match(ownUpgrade({ root, subvolume: '@' })?.how ?? '', /btrfs send/);
    assert.match(ownUpgrade({ root, image: 'a.img' })?.how ?? '', /rename it over/);
  },
});
