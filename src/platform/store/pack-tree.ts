/**
 * Packs a tree into an image by mkfs.erofs(1) or mksquashfs(1), so that the same tree gives the same bytes.
 *
 * Whiteouts, opaque flags, owners, times, devices, sockets and hard links are kept by both as they are.
 */
import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { BootError } from '../../core/errors.ts';
import type { LayerForm } from '../../core/store/deployment.ts';
import { type Finished, tryProgram } from '../exec.ts';
import { whyFailed } from '../root/tools.ts';

export type ImageForm = Exclude<LayerForm, 'dir' | 'subvol'>;

export function isImage(form: LayerForm): form is ImageForm {
  return form !== 'dir' && form !== 'subvol';
}

/** A slow card and a whole system. */
const LIMIT_MS = 6 * 60 * 60_000;

/**
 * mkfs.erofs writes it as the time of the image, and brings later times of files down to it: so it is one that is not
 * reached soon (2100). Without it two images of one tree would differ.
 */
const BUILD_TIME_S = '4102444800';
/** The same for all images: nothing finds a layer by it. */
const UUID = '6c696665-626f-6f74-6c61-796572000000';

const ENV = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

interface Packer {
  readonly argv: (tree: string, image: string) => readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The Debian package. */
  readonly from: string;
}

const PACKERS: Readonly<Record<ImageForm, Packer>> = {
  erofs: {
    argv: (tree, image) => ['mkfs.erofs', '--quiet', '-zlz4hc', `-U${UUID}`, image, tree],
    env: { SOURCE_DATE_EPOCH: BUILD_TIME_S },
    from: 'erofs-utils',
  },
  sqfs: {
    argv: (tree, image) => [
      ...['mksquashfs', tree, image, '-noappend', '-quiet', '-no-progress', '-no-recovery'],
      ...['-xattrs', '-mkfs-time', '0'],
    ],
    env: {},
    from: 'squashfs-tools',
  },
};

/** The program that writes this form. */
export function packerOf(form: ImageForm): string {
  return PACKERS[form].argv('', '')[0] ?? '';
}

export type PackTree = typeof packTree;

/**
 * Writes the image and flushes it to its medium.
 * @throws BootError REFUSED without room, UNAVAILABLE without the tool, IO
 */
export function packTree(form: ImageForm, tree: string, image: string): void {
  const { argv, env, from } = PACKERS[form];
  // squashfs would add to what is there.
  rmSync(image, { force: true });
  const finished = tryProgram(argv(tree, image), { env: { ...ENV, ...env }, timeoutMs: LIMIT_MS });
  if (finished.status !== 0) throw whyNotPacked(finished, packerOf(form), from);
  const file = openSync(image, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function whyNotPacked(finished: Finished, program: string, from: string): BootError {
  if (finished.trouble === 'program not found') {
    return new BootError('UNAVAILABLE', `cannot pack a layer: '${program}' is missing`, {
      hint: `install the package '${from}'`,
    });
  }
  return new BootError('IO', `cannot pack a layer: '${program}' failed: ${whyFailed(finished)}`);
}
