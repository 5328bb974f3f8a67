/** Faults in the snapshot pair and in what is garbage. */
import { type Mutation, mutation } from './mutation.ts';

const TAKE = 'store/take-snapshot.ts';
const END = 'store/end-snapshot.ts';
const RUN = 'store/plan-run.ts';
const RECORDS = 'store/pair-records.ts';
const COMPACT = 'store/plan-compact.ts';
const GARBAGE = 'store/garbage.ts';

export const PAIR_MUTATIONS: readonly Mutation[] = [
  mutation(
    END,
    'cancel takes the layers before the record says so',
    "writes: [...stateWrite(facts.state, state), { do: 'savePair', pair: back }],",
    "writes: [{ do: 'savePair', pair: back }, ...stateWrite(facts.state, state)],",
  ),
  mutation(
    END,
    'cancel in the boot of the snapshot loses what was written since',
    'const back = isSession(facts) ?',
    'const back = false ?',
  ),
  mutation(
    END,
    'cancel in a later boot takes the snapshot away from under the running system',
    'const back = isSession(facts) ?',
    'const back = true ?',
  ),
  mutation(END, 'cancel clears the running slot', 'if (facts.running?.slot === inactive) {', 'if (false) {'),
  mutation(
    END,
    'cancel leaves the active slot with a record of the snapshot',
    'isSession(facts) ? giveBack(facts, taken) : resumeTaken(facts);',
    'facts.state;',
  ),
  mutation(
    END,
    'cancel leaves a record that does not tell of layers',
    'deploymentIn(facts, active, old)',
    '{ id: old, version: null }',
  ),
  mutation(END, 'delete clears the way back', 'if (lastProven(facts.state).includes(slot)) {', 'if (false) {'),
  mutation(END, 'delete clears a slot before the snapshot has ended', 'if (taken !== null) {', 'if (false) {'),
  mutation(
    TAKE,
    'an upper that was used before shows up in the snapshot',
    'withDeployment(all, slot, own, lastUpper)',
    'withDeployment(all, slot, own, null)',
  ),
  mutation(
    TAKE,
    'only the inactive slot gets the snapshot',
    'const both = [active, inactive].reduce(',
    'const both = [inactive].reduce(',
  ),
  mutation(
    TAKE,
    'the snapshot lacks what was there before',
    'layers: stackLayer(over?.layers ?? [], layer),',
    'layers: [layer],',
  ),
  mutation(TAKE, 'a second snapshot is taken over the first', 'if (taken !== null) {', 'if (false) {'),
  mutation(
    TAKE,
    'what runs loses its health by a snapshot',
    'sameAs: facts.running?.deploymentId ?? held.id',
    'sameAs: id',
  ),
  mutation(
    'install/choose-target.ts',
    'take writes over the way back',
    'name !== base && !way.includes(name)',
    'name !== base',
  ),
  mutation(
    RECORDS,
    'a copy of a good slot is good',
    '...proofOf(recorded), deployment, reason',
    "health: 'good', deployment, reason",
  ),
  mutation(
    RECORDS,
    'a cleared slot is booted',
    "health: 'empty', deployment: base, reason",
    "health: 'trial', deployment: base, reason",
  ),
  mutation(
    RECORDS,
    'what is prepared boots next',
    'if (at < 0 || at > state.order.indexOf(active)) return',
    'if (at < 9) return',
  ),
  mutation(
    'store/pair.ts',
    "one slot's name explains what is found in the other",
    'return pair.taken?.active === slot ?',
    'return pair.taken !== null ?',
  ),
  mutation(
    'store/pair.ts',
    'a cut snapshot makes the active slot a trial',
    'return pair.taken?.active === slot ?',
    'return false ?',
  ),
  mutation('store/pair-plan.ts', 'a cut snapshot is not resumed', 'if (taken === null) return state;', 'return state;'),
  mutation(RUN, 'run changes a locked slot', 'if (writable === active) {', 'if (false) {'),
  mutation(RUN, 'run changes the slot that runs', 'if (facts.running?.slot === inactive) throw', 'if (false) throw'),
  mutation(
    RUN,
    'run takes a snapshot without giving up the one in progress',
    'const given = taken === null ? facts : withoutSnapshot(facts);',
    'const given = { ...facts, pair: { ...facts.pair, taken: null } };',
  ),
  mutation(
    RUN,
    'run forgets what it goes on with',
    'const layers = isWhole ? [layer] : stackLayer(on.layers, layer);',
    'const layers = [layer];',
  ),
  mutation(
    'judge/running-boot.ts',
    'a proof after a snapshot counts for nothing',
    'deployment.sameAs === deploymentId ? deployment.id : deploymentId',
    'deployment.sameAs === deploymentId ? deploymentId : deploymentId',
  ),
  mutation(COMPACT, 'one layer for many gives the slot a new upper', 'upperKey(pair, name, manifest.id)', 'null'),
  mutation(COMPACT, 'one layer for many does not say what it is the same as', 'sameAs: manifest.id', 'sameAs: null'),
  mutation(COMPACT, 'the layers of a locked slot are made one', 'requireFree(facts, name);', ''),
  mutation(
    COMPACT,
    'the record says that layers are one before they are',
    'holderWrite(facts, chain, made.id),\n      ...stateWrite(facts.state, state),',
    '...stateWrite(facts.state, state),\n      holderWrite(facts, chain, made.id),',
  ),
  mutation(GARBAGE, 'the session is garbage', '[keyOf(before, taken?.beforeUpper ?? null)]', '[]'),
  mutation(GARBAGE, 'the layers of a slot are garbage', '...Object.values(pair.slots),\n', ''),
  mutation(GARBAGE, 'the upper of a slot is garbage', 'upperKey(pair, slot, held),\n', ''),
];
