/** What layers tell of the difference between two deployments, and which paths are meant. */
import assert from 'node:assert/strict';
import { sha256 } from '../../../src/core/root/base-id.ts';
import { type Layer, type Manifest, makeManifest } from '../../../src/core/store/deployment.ts';
import { isWithin, leadsTo, sharedLayers } from '../../../src/core/store/root-diff.ts';
import { spec } from '../../support/spec.ts';

function of(names: string, base = 'base'): Manifest {
  const layers = [...names].map((name): Layer => {
    return { digest: sha256(name), form: name === 'W' ? 'subvol' : 'erofs', sizeBytes: 1 };
  });
  const rest = { sameAs: null, parent: null, createdAt: null, description: '', packages: null };
  return makeManifest({ base: { id: sha256(base), version: null }, layers, ...rest });
}

spec('sharedLayers()', {
  'counts from below': () => {
    const cases = [of('abc'), of('abd'), of('ab'), of('xbc'), of('')];
    assert.deepEqual(
      cases.map((other) => sharedLayers(of('abc'), other)),
      [3, 2, 2, 0, 0],
    );
  },
  'cannot tell where the bases differ, or only one of them is a whole root': () => {
    assert.equal(sharedLayers(of('ab'), of('ab', 'other')), null);
    assert.deepEqual([sharedLayers(of('W'), of('')), sharedLayers(of('a'), of('W'))], [null, null]);
    assert.equal(sharedLayers(of('Wa'), of('Wb')), 1);
  },
});

spec('paths', {
  'hold what lies below them, and nothing that only begins alike': () => {
    assert.deepEqual(
      ['etc', 'etc/a', 'etcetera', 'usr'].map((path) => isWithin(path, ['etc'])),
      [true, true, false, false],
    );
    assert.deepEqual(
      ['usr', 'usr/share', 'usr/share/x', 'us', 'usr/lib'].map((path) => leadsTo(path, ['usr/share'])),
      [true, true, true, false, false],
    );
    assert.deepEqual([isWithin('x', []), leadsTo('x', [])], [true, true]);
  },
});
