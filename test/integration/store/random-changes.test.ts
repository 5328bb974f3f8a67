/** Random changes, sealed, stacked and flattened: what is seen is what a plain file system shows. SEED= and COUNT= choose. */
import { spec } from '../../support/spec.ts';
import { runSequences } from './random-changes.ts';

const SEED = Number(process.env['SEED'] ?? 1);
const COUNT = Number(process.env['COUNT'] ?? 40);

spec('sealLayer() and flattenLayers()', {
  'show after random changes what a plain file system shows': async () => {
    await runSequences(SEED, COUNT, 200);
  },
});
