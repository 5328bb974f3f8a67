/** Which directories the first layer of a node takes along from its persistent ones. */
import assert from 'node:assert/strict';
import { persistentPackageDirs } from '../../../src/core/store/own-dirs.ts';
import { spec } from '../../support/spec.ts';

spec('persistentPackageDirs()', {
  'names the package databases that lie in a persistent directory, and no others': () => {
    assert.deepEqual(persistentPackageDirs([]), []);
    assert.deepEqual(persistentPackageDirs(['/var/log', '/srv', '/var/lib/dpk']), []);
    assert.deepEqual(persistentPackageDirs(['/var/lib/dpkg/']), ['/var/lib/dpkg']);
    assert.deepEqual(persistentPackageDirs(['//var']), [
      '/var/lib/dpkg',
      '/var/lib/rpm',
      '/var/lib/pacman',
      '/var/lib/apt',
    ]);
  },
});
