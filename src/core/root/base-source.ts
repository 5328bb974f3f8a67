/**
 * Where the base of a slot is: a device, an image file on it, a subvolume of it, or a deployment of the OSTree repository
 * on it.
 *
 * Pure. A slot of the configuration is one of these, so whoever has the slot need not know which kind it is.
 */

export interface BaseSource {
  /** `PARTLABEL=`, `PARTUUID=`, `LABEL=`, `UUID=` or an absolute path. */
  readonly root: string;
  /** An image file: its path inside the file system of `root`. null: none. */
  readonly image?: string | null;
  /** A read-only Btrfs subvolume: its path below the top level. null: none. */
  readonly subvolume?: string | null;
  /** A deployment, as `parseOstreeName` reads it. null: none. */
  readonly ostree?: string | null;
}

/** In words, for plans and messages: `LABEL=data, image 'images/a.erofs'`. */
export function describeSource({ root, image, subvolume, ostree }: BaseSource): string {
  if (isSet(ostree)) return `${root}, OSTree deployment '${ostree}'`;
  if (isSet(subvolume)) return `${root}, subvolume '${subvolume}'`;
  return isSet(image) ? `${root}, image '${image}'` : root;
}

/** @returns the source with only the keys that say something: a plan prints no more than it needs */
export function plainSource({ root, image, subvolume, ostree }: BaseSource): BaseSource {
  return {
    root,
    ...(isSet(image) ? { image } : {}),
    ...(isSet(subvolume) ? { subvolume } : {}),
    ...(isSet(ostree) ? { ostree } : {}),
  };
}

/** @returns how such a slot gets new content, when not by writing its partition; null: it is a partition of its own */
export function ownUpgrade({
  root,
  image,
  subvolume,
  ostree,
}: BaseSource): { readonly is: string; readonly how: string } | null {
  if (isSet(ostree)) {
    return {
      is: `a deployment in the OSTree repository on ${root}`,
      how: "'ostree admin upgrade' brings in a new one",
    };
  }
  if (isSet(subvolume)) {
    return {
      is: `the subvolume '${subvolume}' on ${root}`,
      how: "'lifeboot install FILE.btrfs' brings in what 'btrfs send' wrote, and 'lifeboot run' changes it",
    };
  }
  if (isSet(image)) {
    return {
      is: `the image file '${image}' on ${root}`,
      how: `put the new image beside '${image}', sync, and rename it over the old one`,
    };
  }
  return null;
}

function isSet(value: string | null | undefined): value is string {
  return value !== null && value !== undefined;
}
