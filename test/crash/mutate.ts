/**
 * Loads the production code with one deliberate fault: `MUTATION=NUMBER node --import ./mutate.ts …`.
 *
 * The files on disk stay as they are; the text is changed on its way into Node.
 */
import { registerHooks } from 'node:module';
import { MUTATIONS } from './mutations.ts';

const mutation = MUTATIONS[Number(process.env['MUTATION'])];
if (mutation === undefined) throw new Error('MUTATION names no mutation');
const { file, from, to } = mutation;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(`/src/${file}`)) return loaded;
    const source = String(loaded.source);
    if (!source.includes(from)) throw new Error(`${file} does not hold the text of this mutation any more: ${from}`);
    return { ...loaded, source: source.replace(from, to) };
  },
});
