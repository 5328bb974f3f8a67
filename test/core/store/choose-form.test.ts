import assert from 'node:assert/strict';
import { chooseForm, formFor } from '../../../src/core/store/choose-form.ts';
import { spec } from '../../support/spec.ts';

const both = ['erofs', 'sqfs'] as const;

spec('chooseForm()', {
  'takes EROFS, else squashfs, else a directory': () => {
    assert.equal(chooseForm({ mountable: both, packable: both, pageBytes: 4096 }), 'erofs');
    assert.equal(chooseForm({ mountable: ['sqfs'], packable: both, pageBytes: 4096 }), 'sqfs');
    assert.equal(chooseForm({ mountable: both, packable: ['sqfs'], pageBytes: 4096 }), 'sqfs');
    assert.equal(chooseForm({ mountable: ['erofs'], packable: ['sqfs'], pageBytes: 4096 }), 'dir');
    assert.equal(chooseForm({ mountable: [], packable: both, pageBytes: 4096 }), 'dir');
  },
  'takes no EROFS where a page is larger than its blocks': () => {
    assert.equal(chooseForm({ mountable: both, packable: both, pageBytes: 16_384 }), 'sqfs');
  },
});

spec('formFor()', {
  'gives a tree a directory where its form would lose something, and says why': () => {
    const plain = { hasAcl: false, hasLongName: false };
    for (const form of ['erofs', 'sqfs', 'dir'] as const) assert.deepEqual(formFor(form, plain), { form, why: null });
    assert.equal(formFor('sqfs', { ...plain, hasAcl: true }).form, 'dir');
    assert.match(formFor('sqfs', { ...plain, hasAcl: true }).why ?? '', /access control lists/);
    assert.equal(formFor('erofs', { ...plain, hasLongName: true }).form, 'dir');
    assert.match(formFor('erofs', { ...plain, hasLongName: true }).why ?? '', /255 bytes/);
    assert.equal(formFor('erofs', { ...plain, hasAcl: true }).form, 'erofs');
    assert.equal(formFor('sqfs', { ...plain, hasLongName: true }).form, 'sqfs');
  },
});
