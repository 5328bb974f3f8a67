/**
 * A staged root as the port has it: a command in it, what it has changed, and the layer that is made of that.
 *
 * Effects: mounts below the stage, files in the place that it is given, and the log of the store.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { StagedRoot } from '../../app/ports.ts';
import { mountAt } from '../../core/root/mountinfo.ts';
import { chooseForm } from '../../core/store/choose-form.ts';
import type { LayerForm } from '../../core/store/deployment.ts';
import { bootPaths } from '../../core/store/staged-changes.ts';
import { mountEntries } from '../root/mounting.ts';
import { execute, furnish, makeUnderlay } from './change-root.ts';
import { gatherFormFacts } from './form-facts.ts';
import { changedPaths, hasChanges } from './look-at-changes.ts';
import { readPackages } from './read-packages.ts';
import { sealLayer } from './seal-layer.ts';
import { addToShared, mountShared, type SharedDir } from './shared-dirs.ts';
import { mountWritable, type Stage } from './staged-root.ts';

/** A subvolume, where the base is one and on the same file system as the store: then nothing needs to be packed. */
export function findForm({ lower }: Stage, data: string): LayerForm {
  const entries = mountEntries();
  const [base, store] = [mountAt(entries, lower.at(-1) ?? '/'), mountAt(entries, data)];
  const isShared = base?.type === 'btrfs' && base.device === store?.device && base.root !== '/';
  return isShared ? 'subvol' : chooseForm(gatherFormFacts());
}

export interface StagePlace {
  /** An empty directory of the store. */
  readonly place: string;
  readonly store: string;
  /** Where the data partition is mounted. */
  readonly data: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function stagedRoot(stage: Stage, { place, store, data, env }: StagePlace): StagedRoot {
  const { dir, lower } = stage;
  const under = join(dir, 'under');
  makeUnderlay(under);
  const { root, upper } = mountWritable(stage, place, under);
  let shared: readonly SharedDir[] | null = null;
  return {
    root,
    upper,
    run(order) {
      if (shared === null) {
        shared = mountShared(root, order.shared, { store, changes: join(place, 'shared'), aside: join(dir, 'own') });
        furnish(root, dir);
      }
      const log = order.command === null ? null : openLog(store);
      return execute({ root, dir, command: order.command, log, env, isTerminal: order.isTerminal });
    },
    packages: () => readPackages(root),
    changedBoot: () => bootPaths(changedPaths(upper)),
    isChanged: () => hasChanges(upper, lower),
    seal: (onStep) =>
      sealLayer({ upper, stack: lower, store, form: findForm(stage, data), isLive: false, own: [] }, onStep),
    addToShared: () => addToShared(shared ?? [], store),
  };
}

/** The output of the last runs; the oldest goes. */
const LOGS = 10;

function openLog(store: string): string {
  const dir = join(store, 'log');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const names = readdirSync(dir).sort();
  for (const name of names.slice(0, Math.max(0, names.length - LOGS + 1))) rmSync(join(dir, name));
  const number = 1 + Number(/^run-(\d+)\.log$/.exec(names.at(-1) ?? '')?.[1] ?? 0);
  return join(dir, `run-${String(number).padStart(6, '0')}.log`);
}
