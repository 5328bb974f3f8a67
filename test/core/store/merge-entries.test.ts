import assert from 'node:assert/strict';
import { type LayerEntry, mergeEntries } from '../../../src/core/store/merge-entries.ts';
import { spec } from '../../support/spec.ts';

function show(...chain: readonly LayerEntry[]): string {
  const merged = mergeEntries(chain);
  if (merged.kind !== 'dir') return merged.kind;
  return `dir of ${merged.layers.join('+')}${merged.reachesBase ? ' and the base' : ''}`;
}

spec('mergeEntries()', {
  'takes the topmost file or whiteout': () => {
    assert.equal(show('nothing', 'nothing'), 'nothing');
    assert.equal(show('nothing', 'other', 'dir'), 'other');
    assert.equal(show('whiteout', 'other'), 'whiteout');
    assert.equal(show('other', 'whiteout'), 'other');
  },
  'merges directories down to the base': () => {
    assert.equal(show('dir', 'nothing', 'dir'), 'dir of 0+2 and the base');
  },
  'ends a directory at an opaque one, a whiteout or a file, and hides the base then': () => {
    assert.equal(show('dir', 'opaque dir', 'dir'), 'dir of 0+1');
    assert.equal(show('opaque dir', 'dir'), 'dir of 0');
    assert.equal(show('dir', 'whiteout', 'dir'), 'dir of 0');
    assert.equal(show('nothing', 'dir', 'other', 'dir'), 'dir of 1');
  },
});
