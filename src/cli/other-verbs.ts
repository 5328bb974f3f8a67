/**
 * The verbs that are loaded when one of them is called: `plan`, `status` and `boot` start without them.
 *
 * Effects: those of the verbs.
 */
import { runBootctl } from './verbs/bootctl.ts';
import { runCheck } from './verbs/check.ts';
import { runConfirm } from './verbs/confirm.ts';
import { runDiff, runUndo } from './verbs/diff.ts';
import { runDoctor } from './verbs/doctor.ts';
import { runDrift } from './verbs/drift.ts';
import { runEtcDiff } from './verbs/etc-diff.ts';
import { runFactoryReset } from './verbs/factory-reset.ts';
import { runInstall } from './verbs/install.ts';
import { runKeep } from './verbs/keep.ts';
import { runCleanup, runPin } from './verbs/kept.ts';
import { runLog } from './verbs/log.ts';
import { runMark } from './verbs/mark.ts';
import { runPackages } from './verbs/packages.ts';
import { runProof } from './verbs/proof.ts';
import { runRepair } from './verbs/repair.ts';
import { runRescue } from './verbs/rescue.ts';
import { runResetAttempts } from './verbs/reset-attempts.ts';
import { runRollback } from './verbs/rollback.ts';
import { runRun } from './verbs/run.ts';
import { runSnapshot } from './verbs/snapshot.ts';
import { runState } from './verbs/state.ts';
import { runStore } from './verbs/store.ts';
import { runSwitch } from './verbs/switch.ts';
import { runTend } from './verbs/tend.ts';
import { runTunnelVerb } from './verbs/tunnel.ts';
import { runWhy } from './verbs/why.ts';

export const OTHER_VERBS = {
  why: runWhy,
  log: runLog,
  switch: runSwitch,
  rollback: runRollback,
  mark: runMark,
  'reset-attempts': runResetAttempts,
  doctor: runDoctor,
  check: runCheck,
  confirm: runConfirm,
  tend: runTend,
  tunnel: runTunnelVerb,
  proof: runProof,
  state: runState,
  repair: runRepair,
  run: runRun,
  install: runInstall,
  snapshot: runSnapshot,
  keep: runKeep,
  pin: runPin,
  unpin: runPin,
  cleanup: runCleanup,
  diff: runDiff,
  undo: runUndo,
  packages: runPackages,
  store: runStore,
  'factory-reset': runFactoryReset,
  drift: runDrift,
  'etc-diff': runEtcDiff,
  rescue: runRescue,
  bootctl: runBootctl,
} as const;
