/**
 * The production decision functions, from a copy of `src/` or from `src/` itself. The model has no rule of its own.
 */
import { join } from 'node:path';

export interface Rules {
  readonly planBoot: typeof import('../../src/core/boot/plan-boot.ts').planBoot;
  readonly markAlive: typeof import('../../src/core/judge/verdict.ts').markAlive;
  readonly recordVerdict: typeof import('../../src/core/judge/verdict.ts').recordVerdict;
  readonly staysAfterVerdict: typeof import('../../src/core/judge/verdict.ts').staysAfterVerdict;
  readonly refundCleanReboot: typeof import('../../src/core/judge/verdict.ts').refundCleanReboot;
  readonly markProven: typeof import('../../src/core/judge/mark-proven.ts').markProven;
  readonly offerAgain: typeof import('../../src/core/judge/outage.ts').offerAgain;
  readonly planTend: typeof import('../../src/core/ladder/plan-tend.ts').planTend;
  readonly askForBoot: typeof import('../../src/core/ladder/take-rung.ts').askForBoot;
  readonly endRound: typeof import('../../src/core/ladder/take-rung.ts').endRound;
  readonly forgetLadder: typeof import('../../src/core/ladder/take-rung.ts').forgetLadder;
  readonly switchTo: typeof import('../../src/core/operate/switch-to.ts').switchTo;
  readonly noteLasted: typeof import('../../src/core/boot/lasting.ts').noteLasted;
  readonly setValue: typeof import('../../src/core/operate/set-value.ts').setValue;
  readonly chooseRollback: typeof import('../../src/core/operate/choose-rollback.ts').chooseRollback;
  readonly markBadByHand: typeof import('../../src/core/operate/judge-by-hand.ts').markBadByHand;
  readonly markGoodByHand: typeof import('../../src/core/operate/judge-by-hand.ts').markGoodByHand;
  readonly resetAttempts: typeof import('../../src/core/operate/judge-by-hand.ts').resetAttempts;
}

const MODULES = [
  'core/boot/plan-boot.ts',
  'core/judge/verdict.ts',
  'core/judge/mark-proven.ts',
  'core/judge/outage.ts',
  'core/ladder/plan-tend.ts',
  'core/ladder/take-rung.ts',
  'core/operate/switch-to.ts',
  'core/boot/lasting.ts',
  'core/operate/set-value.ts',
  'core/operate/choose-rollback.ts',
  'core/operate/judge-by-hand.ts',
];

/** @param src the folder that holds `core/` */
export async function loadRules(src: string): Promise<Rules> {
  const modules = await Promise.all(MODULES.map((path) => import(join(src, path))));
  return Object.assign({}, ...modules) as Rules;
}
