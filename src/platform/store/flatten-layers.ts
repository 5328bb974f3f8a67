/**
 * Makes one layer of a chain of layers, which shows the same over the same base.
 *
 * What the chain shows is read through an overlay of its layers, so that the kernel's own rules merge them; what it hides
 * of the base is worked out from their directories. Invariant: the layers are only read.
 */
import { chmodSync, linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { OnStep } from '../../app/ports.ts';
import type { Layer, LayerForm } from '../../core/store/deployment.ts';
import { runTool } from '../root/tools.ts';
import { writeAttributes } from './attributes.ts';
import { fromBytePath, toBytePath } from './byte-path.ts';
import { copyTree } from './copy-tree.ts';
import { mergeMarks } from './merge-marks.ts';
import { placeTree } from './seal-layer.ts';
import { withView } from './with-view.ts';
import { withWorkDir } from './work-dir.ts';

export interface FlattenRequest {
  /** Mounted layers, top first, absolute. */
  readonly layers: readonly string[];
  /** The mounted base; null: not known, and then what it might have is hidden too. */
  readonly base: string | null;
  /** The `lifeboot/` directory on the data partition. */
  readonly store: string;
  readonly form: LayerForm;
}

/** ext4 takes 65,000 names of one file. */
const NAMES_OF_ONE_WHITEOUT = 30_000;

/**
 * @returns null when the chain changes nothing
 * @throws BootError as sealLayer
 */
export function flattenLayers({ layers, base, store, form }: FlattenRequest, onStep: OnStep): Layer | null {
  if (layers.length === 0) return null;
  return withWorkDir(store, (work) => {
    const tree = join(work, 'tree');
    onStep(`merging ${layers.length} layers`);
    mergeInto(tree, { layers, base, work });
    return placeTree({ tree, work, store, form, stack: base === null ? [] : [base] }, onStep);
  });
}

interface MergeRequest {
  readonly layers: readonly string[];
  readonly base: string | null;
  readonly work: string;
}

function mergeInto(tree: string, { layers, base, work }: MergeRequest): void {
  const marks = mergeMarks(layers, base);
  const view = join(work, 'view');
  const skeleton = join(work, 'skeleton');
  for (const dir of [tree, view, skeleton]) mkdirSync(dir);
  // An overlay lists the whiteouts of a directory that only one layer has: with a second one below it, it does not.
  for (const path of marks.withWhiteouts) makeDirAt(skeleton, path);
  // Before the copy, which then gives the directories their times.
  putWhiteouts(tree, marks.whiteouts, work);
  withView({ layers: [...layers, skeleton], hasMetacopy: false, work: view }, (root) => copyTree(root, tree));
  const mark = { name: 'trusted.overlay.opaque', value: '79' };
  writeAttributes(
    tree,
    marks.opaque.map((path) => ({ path, ...mark })),
  );
}

function putWhiteouts(tree: string, paths: readonly string[], work: string): void {
  for (const [index, path] of paths.entries()) {
    const number = Math.floor(index / NAMES_OF_ONE_WHITEOUT);
    const whiteout = join(work, `whiteout-${number}`);
    if (index % NAMES_OF_ONE_WHITEOUT === 0) {
      runTool(['mknod', whiteout, 'c', '0', '0']);
      chmodSync(whiteout, 0);
    }
    makeDirAt(tree, path.slice(0, Math.max(0, path.lastIndexOf('/'))));
    linkSync(whiteout, fromBytePath(`${toBytePath(tree)}/${path}`));
  }
}

function makeDirAt(top: string, path: string): void {
  mkdirSync(fromBytePath(`${toBytePath(top)}/${path}`), { recursive: true });
}
