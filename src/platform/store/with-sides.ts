/**
 * Two deployments beside each other, mounted read-only to be compared; one of them, or both, may be what runs.
 *
 * Invariant: what runs is looked at through its mounted root, without what is mounted below it; its upper only tells where to
 * look.
 */
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RootSide } from '../../app/ports.ts';
import type { BaseSource } from '../../core/root/base-source.ts';
import { sharedLayers } from '../../core/store/root-diff.ts';
import { bindMount, unmountBelow } from '../root/mounting.ts';
import { mountView, withStage } from './staged-root.ts';

export interface SidesRequest {
  readonly runDir: string;
  readonly store: string;
  sourceOf(side: RootSide): BaseSource;
  /** `/`: what runs. */
  readonly systemRoot: string;
}

export interface Sides {
  readonly from: string;
  readonly to: string;
  /** Directories of layers and uppers that only one of them has; null: not known. */
  readonly touched: readonly string[] | null;
}

/** @throws BootError ABSENT, CONTENT, IO; whatever `work` throws */
export function withSides<T>(
  request: SidesRequest,
  [from, to]: readonly [RootSide, RootSide],
  work: (sides: Sides) => T,
): T {
  const shared = from.manifest === null || to.manifest === null ? null : sharedLayers(from.manifest, to.manifest);
  return withSide(request, from, shared, (one) =>
    withSide(request, to, shared, (other) => {
      const isKnown = shared !== null && one.own !== null && other.own !== null;
      const touched = isKnown ? [...(one.own ?? []), ...(other.own ?? [])] : null;
      return work({ from: one.root, to: other.root, touched });
    }),
  );
}

interface Mounted {
  readonly root: string;
  /** What the other side does not have; null: not known. */
  readonly own: readonly string[] | null;
}

function withSide<T>(request: SidesRequest, side: RootSide, shared: number | null, work: (mounted: Mounted) => T): T {
  const { manifest, isRunning, upper } = side;
  const layers = manifest?.layers ?? [];
  const own = layers.slice(shared ?? (isRunning ? layers.length : 0));
  const stage = { runDir: request.runDir, store: request.store, source: request.sourceOf(side) };
  if (!isRunning) {
    return withStage({ ...stage, layers }, (mounted) =>
      work({ root: mountView(mounted), own: mounted.lower.slice(0, own.length) }),
    );
  }
  return withRunning(request, (root) => {
    if (upper === null || own.length === 0) return work({ root, own: upper === null ? null : [upper] });
    return withStage({ ...stage, layers: own }, ({ lower }) =>
      work({ root, own: [upper, ...lower.slice(0, own.length)] }),
    );
  });
}

/** What runs, without what is mounted below it. */
export function withRunning<T>(
  { runDir, systemRoot }: Pick<SidesRequest, 'runDir' | 'systemRoot'>,
  work: (root: string) => T,
): T {
  mkdirSync(runDir, { recursive: true });
  const root = mkdtempSync(join(runDir, 'running-'));
  try {
    bindMount(systemRoot, root);
    return work(root);
  } finally {
    unmountBelow([root]);
    rmdirSync(root);
  }
}
