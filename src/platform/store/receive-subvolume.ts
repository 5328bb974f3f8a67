/**
 * Takes in what `btrfs send` wrote, or a subvolume that others made, as a layer that is a whole root.
 *
 * Invariant: a stream that was cut short leaves nothing: its subvolume can still be written, and is deleted.
 */
import { join } from 'node:path';
import { BootError } from '../../core/errors.ts';
import type { Layer } from '../../core/store/deployment.ts';
import { btrfsFailed } from '../btrfs/identify-subvolume.ts';
import { makeSnapshot, sealSubvolume } from '../btrfs/subvolumes.ts';
import { tryTool, whyFailed } from '../root/tools.ts';
import { diskUsage } from './disk-usage.ts';
import { WHOLE } from './mount-whole.ts';
import { namesIn } from './store-files.ts';
import { placeMade } from './subvolume-layer.ts';
import { withWorkDir } from './work-dir.ts';

const LIMIT_MS = 6 * 60 * 60_000;

/**
 * @param stream a file; @param store on a Btrfs
 * @throws BootError CONTENT when it is no such stream or was cut short, REFUSED without room or without the subvolume that
 * it was made against, IO
 */
export function receiveSubvolume(store: string, stream: string): Layer {
  return withWorkDir(store, () =>
    placeMade(store, (place) => {
      receive(stream, place);
      const [name, ...others] = namesIn(place);
      if (name === undefined || others.length > 0) {
        throw new BootError('CONTENT', `'${stream}' holds ${others.length + (name === undefined ? 0 : 1)} subvolumes`, {
          hint: "send one: 'btrfs send -f FILE SUBVOLUME'",
        });
      }
      const made = join(place, name);
      return { made, sizeBytes: diskUsage(made).sizeBytes };
    }),
  );
}

/**
 * A read-only snapshot of a subvolume, which stays as it is.
 * @throws BootError REFUSED, IO
 */
export function adoptSubvolume(store: string, from: string): Layer {
  return withWorkDir(store, () =>
    placeMade(store, (place) => {
      const made = join(place, WHOLE);
      makeSnapshot(from, made);
      sealSubvolume(made);
      // It shares everything with what it was made of.
      return { made, sizeBytes: 0 };
    }),
  );
}

function receive(stream: string, place: string): void {
  const finished = tryTool(['btrfs', '-q', 'receive', '-e', '-f', stream, place], { timeoutMs: LIMIT_MS });
  if (finished.status === 0) return;
  const said = whyFailed(finished);
  if (/No space left|Disk quota/.test(said)) throw btrfsFailed(`cannot take in '${stream}'`, finished);
  if (/not a Btrfs|Inappropriate ioctl/i.test(said)) {
    throw new BootError('REFUSED', `the data partition is no Btrfs, and only that takes in '${stream}'`, {
      hint: 'install the image of a file system instead, or make [upper] device a Btrfs',
    });
  }
  if (/cannot find parent|parent subvolume/.test(said)) {
    throw new BootError('REFUSED', `'${stream}' has only what differs from a subvolume that is not here`, {
      hint: "send all of it: 'btrfs send' without -p and -c",
    });
  }
  throw new BootError('CONTENT', `'${stream}' cannot be taken in: ${said}`, {
    hint: "it is damaged, cut short, or not what 'btrfs send' wrote: make it again",
  });
}
