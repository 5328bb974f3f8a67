/**
 * Which program checks which file system, and what its end means.
 *
 * Pure. Exit codes from e2fsck(8), fsck.erofs(1), xfs_repair(8), btrfs-check(8), fsck.fat(8). Every call only reads.
 * Squashfs has no program of its own: all of its files are read instead, which fails where a block cannot be unpacked.
 */
import type { CheckFacts, SlotFacts, SuperblockFacts } from './slot-facts.ts';

/** @returns whether `type` is one that e2fsck checks and repairs */
export function isExt(type: string | null): boolean {
  return type !== null && /^ext[234]$/.test(type);
}

interface Checker {
  readonly argv: readonly string[];
  /** Whether this status means that errors were found; any other status but 0 means that it did not work. */
  readonly isDamage: (status: number) => boolean;
}

const EXT: Checker = { argv: ['e2fsck', '-fn'], isDamage: (status) => (status & 4) !== 0 };

const CHECKERS: Readonly<Record<string, Checker>> = {
  ext2: EXT,
  ext3: EXT,
  ext4: EXT,
  erofs: { argv: ['fsck.erofs', '--extract'], isDamage: (status) => status === 1 },
  xfs: { argv: ['xfs_repair', '-n'], isDamage: (status) => status === 1 },
  btrfs: { argv: ['btrfs', 'check', '--readonly'], isDamage: (status) => status === 1 },
  vfat: { argv: ['fsck.fat', '-n'], isDamage: (status) => status === 1 },
};

/** @returns what to run on the device at `path`; null when there is no program for what it holds */
export function checkCommand({ type, hasBackup }: SuperblockFacts, path: string): readonly string[] | null {
  const checker = checkerOf(type, hasBackup);
  return checker === null ? null : [...checker.argv, path];
}

/** What repairs the file system in place: as thorough as it gets, because the slot has to prove itself afterwards. */
export function fixCommand(path: string): readonly string[] {
  return ['e2fsck', '-fy', path];
}

/** e2fsck: 0 nothing to do, 1 and 2 errors corrected. */
export function isFixed(status: number | null): boolean {
  return status !== null && status >= 0 && status <= 3;
}

/** Only the ext family has a repair that is safe to run without a hand, and only where it is what complained. */
export function canFixInPlace({ superblock, check }: Pick<SlotFacts, 'superblock' | 'check'>): boolean {
  if (superblock === null || check?.outcome !== 'errors') return false;
  return checkerOf(superblock.type, superblock.hasBackup) === EXT;
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly trouble: string | null;
}

/** @param ended how the program of {@link checkCommand} ended */
export function judgeCheck({ type, hasBackup }: SuperblockFacts, ended: Ended): CheckFacts | null {
  const checker = checkerOf(type, hasBackup);
  if (checker === null) return null;
  const program = checker.argv[0] ?? '';
  if (ended.status === null) return { program, outcome: 'notRun', said: ended.trouble ?? 'it was ended' };
  if (ended.status === 0) return { program, outcome: 'clean', said: '' };
  const said = complaints(`${ended.stdout}\n${ended.stderr}`) || `exit status ${ended.status}`;
  return { program, outcome: checker.isDamage(ended.status) ? 'errors' : 'notRun', said };
}

function checkerOf(type: string | null, hasBackup: boolean): Checker | null {
  if (type === null) return hasBackup ? EXT : null;
  return Object.hasOwn(CHECKERS, type) ? (CHECKERS[type] ?? null) : null;
}

const NOISE = [
  /^e2fsck \d/,
  /^Pass \d/,
  /^Phase \d/,
  /^\s*-/,
  /WARNING: Filesystem still has errors/,
  /files \(.*non-contiguous\)/,
  /^Warning: skipping journal recovery/,
  /^IGNORED\.?$/,
  /^ext2fs_open2:/,
  /^e2fsck: Superblock invalid, trying/,
  /^Opening filesystem/,
];
const SHOWN = 2;

/** The first complaints, without the questions that nobody was asked. */
function complaints(output: string): string {
  const lines = output
    .split('\n')
    .map((line) =>
      line
        .replace(/\s*(Fix|Clear|Connect to .*)\? no\s*$/, '')
        .replace(/^<E> erofs: /, '')
        .trim(),
    )
    .filter((line) => line !== '' && !NOISE.some((noise) => noise.test(line)));
  const shown = lines.slice(0, SHOWN).map((line) => line.replace(/\.$/, '').slice(0, 120));
  const more = lines.length - shown.length;
  return shown.join('; ') + (more > 0 ? ` (and ${more} more)` : '');
}
