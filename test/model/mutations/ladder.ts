/** Faults in what `tend` does, and where it sends the node. */
import { type Mutation, mutation } from './mutation.ts';

export const LADDER_MUTATIONS: readonly Mutation[] = [
  mutation(
    'ladder/plan-tend.ts',
    'a rung is taken again and again',
    'return taken < config.tend.rungs[rung].count;',
    'return taken >= 0;',
    'the ladder',
  ),
  mutation(
    'ladder/plan-tend.ts',
    'no clean boot of another slot',
    'to(nextClean(state, boot, config), true)',
    "boot.mode === 'normal' ? to(boot.slot, true) : null",
    'the ladder',
  ),
  mutation(
    'ladder/plan-tend.ts',
    'no other slot',
    'return to(nextOther(state, boot, config));',
    'return null;',
    'the ladder',
  ),
  mutation(
    'ladder/plan-tend.ts',
    'no recovery slot',
    'return to(nextRecovery(state, boot, config));',
    'return null;',
    'the ladder',
  ),
  mutation(
    'ladder/plan-tend.ts',
    'a boot without its tunnel is not proven later',
    'if (!isProven) return',
    'if (true) return',
    'three slots',
  ),
  mutation('ladder/where-to.ts', 'only proven slots, for ever', 'if (ladder.round > 0) return true;', '', 'the ladder'),
  mutation(
    'ladder/where-to.ts',
    'always the same other slot',
    'toSorted((left, right) => tried.lastIndexOf(left) - tried.lastIndexOf(right))',
    'slice()',
    'the ladder',
  ),
  mutation(
    'ladder/take-rung.ts',
    'the ladder does not say where to',
    'slots, clean, next } };',
    'slots, clean, next: null } };',
    'the ladder',
  ),
  mutation(
    'ladder/take-rung.ts',
    'the ladder changes the order',
    'return { ...excused, outage, ladder: { round: ladder.round,',
    'return { ...excused, order: state.order.toReversed(), outage, ladder: { round: ladder.round,',
    'the ladder',
  ),
  mutation(
    'ladder/take-rung.ts',
    'a round never ends',
    'round: ladder.round + 1, taken: []',
    'round: ladder.round, taken: ladder.taken',
    'the ladder',
  ),
  mutation(
    'ladder/take-rung.ts',
    'a setting that no boot was proven with goes home with the ladder',
    'return { ...takeBackSettings(excused).state, outage',
    'return { ...excused, outage',
    'settings',
  ),
];
