/** The pieces of a write: whole, aligned, small where the superblock is. */
import assert from 'node:assert/strict';
import { HEAD_BYTES, isHead, piecesOf } from '../../../src/core/repair/write-pieces.ts';
import { spec } from '../../support/spec.ts';

const MIB = 1024 * 1024;

spec('piecesOf()', {
  'covers every image without a gap, each piece a power of two at a multiple of itself': () => {
    const sizes = [512, 1024, 4096, 12_288, 131_072, 131_584, 5 * MIB + 512, 64 * MIB, 5000 * MIB + 40_960, 8192 * MIB];
    for (const bytes of sizes) {
      let end = 0;
      for (const { offset, length } of piecesOf(bytes)) {
        assert.equal(offset, end);
        assert.equal(Math.log2(length) % 1, 0, `${length} is a power of two`);
        assert.equal(offset % length, 0);
        assert.ok(length <= 4 * MIB);
        end = offset + length;
      }
      assert.equal(end, bytes);
    }
    assert.deepEqual(piecesOf(0), []);
  },
  'begins with one block, and has a head that ends where a piece does': () => {
    const pieces = piecesOf(64 * MIB);
    assert.deepEqual(pieces[0], { offset: 0, length: 4096 });
    const head = pieces.filter(isHead);
    assert.equal(
      head.reduce((sum, { length }) => sum + length, 0),
      HEAD_BYTES,
    );
    assert.equal(pieces.length, 26, 'and few pieces behind it');
  },
});
