/** The production functions of the snapshot pair, from a copy of `src/` or from `src/` itself. */
import { join } from 'node:path';

export interface PairRules {
  readonly planTake: typeof import('../../../src/core/store/take-snapshot.ts').planTake;
  readonly completeTake: typeof import('../../../src/core/store/take-snapshot.ts').completeTake;
  readonly planCancel: typeof import('../../../src/core/store/end-snapshot.ts').planCancel;
  readonly planDelete: typeof import('../../../src/core/store/end-snapshot.ts').planDelete;
  readonly planWritable: typeof import('../../../src/core/store/set-writable.ts').planWritable;
  readonly planBootSlot: typeof import('../../../src/core/store/set-writable.ts').planBootSlot;
  readonly planRun: typeof import('../../../src/core/store/plan-run.ts').planRun;
  readonly startRun: typeof import('../../../src/core/store/plan-run.ts').startRun;
  readonly completeRun: typeof import('../../../src/core/store/plan-run.ts').completeRun;
  readonly nameBefore: typeof import('../../../src/core/store/pair.ts').nameBefore;
  readonly settle: typeof import('../../../src/core/boot/settle.ts').settle;
  readonly chooseChains: typeof import('../../../src/core/store/plan-compact.ts').chooseChains;
  readonly planCompact: typeof import('../../../src/core/store/plan-compact.ts').planCompact;
  readonly pairRoles: typeof import('../../../src/core/store/pair-facts.ts').pairRoles;
  readonly pairState: typeof import('../../../src/core/store/pair-facts.ts').pairState;
  readonly selectGarbage: typeof import('../../../src/core/store/garbage.ts').selectGarbage;
  readonly listCandidates: typeof import('../../../src/core/boot/candidates.ts').listCandidates;
  readonly markProven: typeof import('../../../src/core/judge/mark-proven.ts').markProven;
  readonly lastProven: typeof import('../../../src/core/repair/last-proven.ts').lastProven;
}

const MODULES = [
  'core/store/take-snapshot.ts',
  'core/store/end-snapshot.ts',
  'core/store/set-writable.ts',
  'core/store/pair.ts',
  'core/store/plan-run.ts',
  'core/boot/settle.ts',
  'core/store/plan-compact.ts',
  'core/store/pair-facts.ts',
  'core/store/garbage.ts',
  'core/boot/candidates.ts',
  'core/judge/mark-proven.ts',
  'core/repair/last-proven.ts',
];

/** @param src the folder that holds `core/` */
export async function loadPairRules(src: string): Promise<PairRules> {
  const modules = await Promise.all(MODULES.map((path) => import(join(src, path))));
  return Object.assign({}, ...modules) as PairRules;
}
