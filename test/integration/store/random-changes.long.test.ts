/** Five hundred random sequences of changes, sealed, stacked and flattened. SEED= and COUNT= choose others. */
import { spec } from '../../support/spec.ts';
import { runSequences } from './random-changes.ts';

const SEED = Number(process.env['SEED'] ?? 1_000_000);
const COUNT = Number(process.env['COUNT'] ?? 500);

spec('sealLayer() and flattenLayers(), many times', {
  'show after random changes what a plain file system shows': async () => {
    await runSequences(SEED, COUNT, 200);
  },
});
