/**
 * A deployment: a base and the layers on it, as `lifeboot/deployments/<id>.json` describes it.
 *
 * Pure. Invariant: the id is made of what the root is made of, so a manifest cannot lie about it, and a slot that shows
 * another id holds something else. Without layers the id is the base id itself: such a deployment needs no manifest.
 */
import * as v from 'valibot';
import { BootError } from '../errors.ts';
import { sha256 } from '../root/base-id.ts';
import type { Deployment } from '../state/state.ts';

/**
 * `erofs` and `sqfs` are images, `dir` is a directory in the store, each with changes. `subvol` is a read-only Btrfs
 * subvolume in the store that holds a whole root: what lies below it, the base too, is not seen.
 */
export const LAYER_FORMS = ['erofs', 'sqfs', 'dir', 'subvol'] as const;
export type LayerForm = (typeof LAYER_FORMS)[number];

/** The kernel takes 500 lower directories, the base among them. */
export const MAX_LAYERS = 450;

/** An immutable set of file changes in the form of an overlay's lower directory. */
export interface Layer {
  /**
   * SHA-256 of the image, of the list of what the directory holds, or of what tells a subvolume from all others; 64
   * lower-case hex digits.
   */
  readonly digest: string;
  readonly form: LayerForm;
  /** Of the image; of a directory, of all files in it; of a subvolume, of what was changed in it. */
  readonly sizeBytes: number;
}

/** Packages that differ from the deployment that it was made from. */
export interface PackageCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

export interface Manifest {
  readonly id: string;
  /** What the layers were made on, and may only be used on. */
  readonly base: { readonly id: string; readonly version: string | null };
  /** Lowest first. */
  readonly layers: readonly Layer[];
  /**
   * The deployment that showed the same files, its upper included: what was proven of that one is proven of this. null:
   * what it shows was never shown before.
   */
  readonly sameAs: string | null;
  /** The deployment that it was made from; null: from the base, or not known. */
  readonly parent: string | null;
  /** RFC 3339 UTC; null when the clock was not trusted. */
  readonly createdAt: string | null;
  readonly description: string;
  /** Against `parent`; null: not counted. */
  readonly packages: PackageCounts | null;
}

const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const nullableText = v.nullable(v.string());

const manifestSchema = v.looseObject({
  format: v.literal(1),
  id: digest,
  base: v.looseObject({ id: digest, version: nullableText }),
  layers: v.pipe(
    v.array(v.looseObject({ digest, form: v.picklist(LAYER_FORMS), sizeBytes: count })),
    v.maxLength(MAX_LAYERS),
  ),
  sameAs: v.nullable(digest),
  parent: v.nullable(digest),
  createdAt: nullableText,
  description: v.string(),
  packages: v.nullable(v.looseObject({ added: count, changed: count, removed: count })),
});

/** @param layers lowest first */
export function deploymentId(baseId: string, layers: readonly Pick<Layer, 'digest'>[]): string {
  if (layers.length === 0) return baseId;
  return sha256(['lifeboot deployment 1', baseId, ...layers.map(({ digest }) => digest), ''].join('\n'));
}

/** What changes an overlay shows over what lies below it. */
export type ChangeLayer = Layer & { readonly form: Exclude<LayerForm, 'subvol'> };

/** The layers with one more on top, which may stand for all of them. */
export function stackLayer(layers: readonly Layer[], layer: Layer): readonly Layer[] {
  return layer.form === 'subvol' ? [layer] : [...layers, layer];
}

export interface LayerParts {
  /** Takes the place of the base; null: the base is seen. */
  readonly whole: Layer | null;
  /** Lowest first. */
  readonly above: readonly ChangeLayer[];
}

/** @param layers lowest first */
export function splitLayers(layers: readonly Layer[]): LayerParts {
  const at = layers.findLastIndex(({ form }) => form === 'subvol');
  return { whole: layers[at] ?? null, above: layers.slice(at + 1).filter(isChange) };
}

function isChange(layer: Layer): layer is ChangeLayer {
  return layer.form !== 'subvol';
}

/** A manifest without what follows from the rest. */
export function makeManifest(parts: Omit<Manifest, 'id'>): Manifest {
  const layers = withoutRepeats(parts.layers);
  return { ...parts, layers, id: deploymentId(parts.base.id, layers) };
}

/**
 * A layer twice in a chain cannot be mounted, and shows nothing below itself: whatever it has, the upper one has, too.
 * @param layers lowest first
 */
function withoutRepeats(layers: readonly Layer[]): readonly Layer[] {
  return layers.filter(({ digest }, index) => !layers.slice(index + 1).some((above) => above.digest === digest));
}

/** A base without layers. */
export function bareManifest({ id, version }: Deployment): Manifest {
  const nothing = { sameAs: null, parent: null, createdAt: null, description: '', packages: null };
  return makeManifest({ base: { id, version }, layers: [], ...nothing });
}

/** What the boot state records of it. */
export function recordOf({ id, base, layers }: Manifest): Deployment {
  if (layers.length === 0) return { id, version: base.version };
  return { id, version: `${base.version ?? 'unnamed'} +${layers.length}`, base: base.id };
}

export function formatManifest(manifest: Manifest): string {
  return `${JSON.stringify({ format: 1, ...manifest }, null, 2)}\n`;
}

/**
 * @param id the one that the file is named after
 * @throws BootError BAD_DATA when it is damaged, of a newer format, or of another deployment
 */
export function parseManifest(text: string, id: string): Manifest {
  const { format: _, ...manifest } = parseStored(
    manifestSchema,
    text,
    `the manifest of deployment '${id.slice(0, 12)}'`,
  );
  const made = deploymentId(manifest.base.id, manifest.layers);
  if (made === id && manifest.id === id) return manifest;
  throw new BootError('BAD_DATA', `the manifest of deployment '${id.slice(0, 12)}' describes another one`, {
    hint: "'lifeboot store verify' shows what else is damaged",
  });
}

/**
 * A JSON file of the store, checked.
 * @param what for messages, such as `the manifest of deployment '0123'`
 * @throws BootError BAD_DATA
 */
export function parseStored<const S extends v.GenericSchema>(schema: S, text: string, what: string): v.InferOutput<S> {
  const found = parseJson(text);
  if (isNewer(found)) {
    throw new BootError('BAD_DATA', `${what} is of a newer format, and is left alone`, {
      hint: 'use the release that wrote it',
    });
  }
  const checked = v.safeParse(schema, found);
  if (checked.success) return checked.output;
  const [issue] = checked.issues;
  throw new BootError('BAD_DATA', `${what} is damaged: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}`, {
    hint: "'lifeboot store verify' shows what else is damaged",
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema says what was expected instead.
    return null;
  }
}

function isNewer(found: unknown): boolean {
  const format = typeof found === 'object' && found !== null && 'format' in found ? found.format : null;
  return typeof format === 'number' && format > 1;
}
