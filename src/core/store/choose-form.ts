/**
 * Which form a layer takes: an image where the kernel can mount it and a tool can write it, a directory otherwise.
 *
 * Pure. Invariant: what a form cannot keep is never lost in silence; the tree then takes the next form that keeps it.
 */
import type { LayerForm } from './deployment.ts';

export interface FormFacts {
  /** Forms that the running kernel can mount. */
  readonly mountable: readonly LayerForm[];
  /** Forms whose tool is installed. */
  readonly packable: readonly LayerForm[];
  /** Of memory: EROFS images are written with blocks of 4096 bytes, and older kernels take only blocks of a page. */
  readonly pageBytes: number;
}

/** What a tree has that not every form can keep. */
export interface TreeNeeds {
  /** POSIX access control lists. */
  readonly hasAcl: boolean;
  /** Names of 255 bytes. */
  readonly hasLongName: boolean;
}

const EROFS_BLOCK_BYTES = 4096;
const IMAGES: readonly LayerForm[] = ['erofs', 'sqfs'];

/** The best form on this machine: EROFS, else squashfs, else a directory, which needs nothing. */
export function chooseForm({ mountable, packable, pageBytes }: FormFacts): LayerForm {
  const fits = (form: LayerForm): boolean => form !== 'erofs' || pageBytes === EROFS_BLOCK_BYTES;
  return IMAGES.find((form) => mountable.includes(form) && packable.includes(form) && fits(form)) ?? 'dir';
}

/**
 * The form that a tree gets where `wanted` was asked for.
 * @returns with the reason where it is another one
 */
export function formFor(
  wanted: LayerForm,
  needs: TreeNeeds,
): { readonly form: LayerForm; readonly why: string | null } {
  if (wanted === 'sqfs' && needs.hasAcl) {
    return { form: 'dir', why: 'squashfs cannot keep access control lists: the layer becomes a directory' };
  }
  if (wanted === 'erofs' && needs.hasLongName) {
    // mkfs.erofs 1.5 cuts such a name by one byte, and takes the file of that name, if there is one.
    return { form: 'dir', why: 'mkfs.erofs cannot write names of 255 bytes: the layer becomes a directory' };
  }
  return { form: wanted, why: null };
}
