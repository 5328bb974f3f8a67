/**
 * Which subvolume is mounted or lies at a path, told by `btrfs send`: it alone says which transaction changed the
 * subvolume last, and it refuses one that can be written.
 *
 * Reads only, and no more than the head of the stream.
 */
import { parseSendHeader, SEND_HEADER_BYTES } from '../../core/btrfs/send-header.ts';
import { subvolumeDigest } from '../../core/btrfs/subvolume-id.ts';
import { BootError } from '../../core/errors.ts';
import { tryTool, whyFailed } from '../root/tools.ts';

const LIMIT_MS = 20_000;

/**
 * @param what for messages, such as `subvolume '@roots/a' on '/dev/sda3'`
 * @returns the digest that is its id; @throws BootError CONTENT when it is no subvolume or can be written; IO
 */
export function identifySubvolume(path: string, what: string): string {
  const argv = ['btrfs', '-q', 'send', '--no-data', '--', path];
  // It is stopped as soon as it has said enough.
  const finished = tryTool(argv, { timeoutMs: LIMIT_MS, encoding: 'latin1', maxOutputBytes: SEND_HEADER_BYTES });
  const identity = parseSendHeader(Buffer.from(finished.stdout, 'latin1'));
  if (identity !== null) return subvolumeDigest(identity);
  const said = whyFailed(finished);
  if (/is not read-only/.test(said)) {
    throw new BootError('CONTENT', `${what} can be written, and is no base for anything`, {
      hint: "make a read-only snapshot of it with 'btrfs subvolume snapshot -r', and name that",
    });
  }
  if (/flags for subvolume|not a subvolume|[Nn]ot a Btrfs/.test(said)) {
    throw new BootError('CONTENT', `${what} is a plain directory, not a subvolume`, {
      hint: "'btrfs subvolume list' shows those that there are",
    });
  }
  throw new BootError('IO', `cannot tell what ${what} is: ${said}`, { hint: missing(finished) });
}

/** Why a call of btrfs(8) failed, and what to do about it. */
export function btrfsFailed(what: string, finished: Parameters<typeof whyFailed>[0]): BootError {
  return new BootError('IO', `${what}: ${whyFailed(finished)}`, { hint: missing(finished) });
}

function missing({ trouble, stderr }: Parameters<typeof whyFailed>[0]): string {
  return /not found/.test(`${trouble} ${stderr}`)
    ? "install the package 'btrfs-progs', and make the initramfs again"
    : "'btrfs device stats' and 'btrfs scrub' tell whether the disk is damaged";
}
