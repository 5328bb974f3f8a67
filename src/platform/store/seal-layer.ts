/**
 * Turns the changes in an upper into a layer: packed, flushed, read back, and named by what was read.
 *
 * Invariant: a power cut leaves nothing or the whole layer; the rest is in `tmp/`. The upper is never written to. What is
 * packed is the upper itself; a copy of it only where directories were renamed, or files changed while they were read.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { OnStep, OwnDir } from '../../app/ports.ts';
import { formFor } from '../../core/store/choose-form.ts';
import type { Layer, LayerForm } from '../../core/store/deployment.ts';
import { bringOwn, presentDirs } from './bring-own.ts';
import { copyTree } from './copy-tree.ts';
import { diskUsage } from './disk-usage.ts';
import { type ImageForm, isImage, packTree } from './pack-tree.ts';
import { placeDirectory, placeImage } from './place-layer.ts';
import { resolveRedirects } from './resolve-redirects.ts';
import { copyAtRest, packAtRest } from './seal-live.ts';
import { placeSubvolume } from './subvolume-layer.ts';
import { surveyTree } from './survey-tree.ts';
import { withWorkDir } from './work-dir.ts';

export interface SealLayerRequest {
  /** An overlay's upper directory. */
  readonly upper: string;
  /** Mounted directories below it, top first: where the content of a renamed directory lies. */
  readonly stack: readonly string[];
  /** The `lifeboot/` directory on the data partition. */
  readonly store: string;
  /** Where it cannot keep what the upper holds, the layer becomes a directory. A subvolume is made of the whole stack. */
  readonly form: LayerForm;
  /** Somebody may write to the upper meanwhile. */
  readonly isLive: boolean;
  /** Directories from elsewhere that come along; default: none. */
  readonly own?: readonly OwnDir[];
}

/**
 * @returns null when the upper holds nothing
 * @throws BootError REFUSED without room, UNAVAILABLE without a tool, CONTENT, IO; nothing is left then but what is in `tmp/`
 */
export function sealLayer(request: SealLayerRequest, onStep: OnStep): Layer | null {
  const own = presentDirs(request.own ?? []);
  if (readdirSync(request.upper).length === 0 && own.length === 0) return null;
  return withWorkDir(request.store, (work) => sealIn(work, { ...request, own }, onStep));
}

function sealIn(
  work: string,
  { upper, stack, store, form, isLive, own = [] }: SealLayerRequest,
  onStep: OnStep,
): Layer {
  const survey = surveyTree(upper, isLive);
  const chosen = formFor(form, survey);
  if (isImage(chosen.form) && survey.replaced.length === 0 && own.length === 0) {
    const image = join(work, 'image');
    onStep('packing the changes');
    if (packAsItIs(chosen.form, upper, image, isLive)) {
      onStep('reading the layer back');
      return placeImage(store, chosen.form, image);
    }
  }
  const tree = join(work, 'tree');
  onStep('copying the changes');
  if (isLive) copyAtRest(upper, tree, work, onStep);
  else copyTree(upper, tree);
  const copied = isLive ? surveyTree(tree, false) : survey;
  const redirects = join(work, 'redirects');
  mkdirSync(redirects);
  resolveRedirects({ tree, survey: copied, stack, work: redirects });
  bringOwn({ tree, work, own }, onStep);
  return placeTree({ tree, work, store, form, stack }, onStep);
}

/** @returns false when it changed meanwhile, and so must be copied */
function packAsItIs(form: ImageForm, upper: string, image: string, isLive: boolean): boolean {
  if (isLive) return packAtRest(form, upper, image);
  packTree(form, upper, image);
  return true;
}

export interface PlaceTreeRequest {
  /** Below `work`; it may become the layer itself. */
  readonly tree: string;
  readonly work: string;
  readonly store: string;
  readonly form: LayerForm;
  /** As {@link SealLayerRequest.stack}. */
  readonly stack: readonly string[];
}

/** Makes a tree that belongs to us a layer. @throws BootError as {@link sealLayer} */
export function placeTree({ tree, work, store, form, stack }: PlaceTreeRequest, onStep: OnStep): Layer {
  if (form === 'subvol') {
    const [base = '', ...above] = stack.toReversed();
    onStep('making a subvolume with the changes');
    const inside = join(work, 'apply');
    mkdirSync(inside);
    return placeSubvolume(store, { base, changes: [...above, tree], sizeBytes: diskUsage(tree).sizeBytes }, inside);
  }
  const chosen = formFor(form, surveyTree(tree, false));
  if (chosen.why !== null) onStep(chosen.why);
  if (!isImage(chosen.form)) {
    onStep('reading the layer back');
    return placeDirectory(store, tree);
  }
  const image = join(work, 'image');
  onStep('packing the changes');
  packTree(chosen.form, tree, image);
  onStep('reading the layer back');
  return placeImage(store, chosen.form, image);
}
