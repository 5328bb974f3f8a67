/**
 * Says in words what is wrong with a slot, from what a look at it has shown.
 *
 * Pure: from facts to findings. Invariant: every finding that is not `ok` says what to do about it.
 */
import { type Finding, fail, ok, warn } from '../operate/finding.ts';
import type { SlotName } from '../slot.ts';
import type { Deployment, Examination } from '../state/state.ts';
import { canFixInPlace, isExt } from './file-system-check.ts';
import { type FoundDisk, isFound, type PartFact, type SlotFacts, type Trouble } from './slot-facts.ts';

/** `sound`: nothing speaks against it; `doubtful`: it may boot; `damaged`: it cannot, or not for long. */
export type Soundness = Examination['soundness'];

export interface SlotReport {
  /** Where the slot is, such as `/dev/vda2`; null: its device is not there. */
  readonly device: string | null;
  readonly fileSystem: string | null;
  readonly deployment: Deployment | null;
  readonly soundness: Soundness;
  /** What would bring it back: its file system repaired in place, an image written; null: nothing is broken. */
  readonly remedy: 'fsck' | 'write' | 'device' | null;
  readonly findings: readonly Finding[];
}

/**
 * @param name of the slot, for the advice
 * @param isEmpty the state says that there is nothing in it, such as half of an image
 */
export function examineSlot(name: SlotName, looked: SlotFacts, isEmpty = false): SlotReport {
  const facts = isEmpty ? withoutRemains(looked) : looked;
  const { disk, superblock } = facts;
  const findings = [
    ...examineDisk(facts),
    ...(isFound(disk) ? examineSuperblock(name, disk, facts) : []),
    ...examineCheck(name, facts),
    ...examineMount(name, facts),
    ...examineParts(name, facts),
    ...examineRead(name, facts),
  ];
  const has = (level: Finding['level']) => findings.some((finding) => finding.level === level);
  const soundness = has('fail') ? 'damaged' : has('warn') ? 'doubtful' : 'sound';
  return {
    device: isFound(disk) ? disk.path : null,
    fileSystem: superblock?.type ?? null,
    deployment: facts.deployment,
    soundness,
    remedy: soundness === 'damaged' ? remedyFor(facts) : null,
    findings,
  };
}

/** In half an image a backup of the superblock promises a file system that was never there. */
function withoutRemains(facts: SlotFacts): SlotFacts {
  const { superblock } = facts;
  if (superblock === null || superblock.type !== null) return facts;
  return { ...facts, superblock: { ...superblock, hasBackup: false }, check: null };
}

/** The least that helps: an init that is gone does not come back by fsck, and a dead device by nothing. */
function remedyFor(facts: SlotFacts): SlotReport['remedy'] {
  if (!isFound(facts.disk) || facts.unreadable !== null || facts.mount?.kind === 'io') return 'device';
  const isPartMissing = [...facts.kernel, ...(facts.init === null ? [] : [facts.init])].some(({ trouble }) => trouble);
  return canFixInPlace(facts) && !isPartMissing ? 'fsck' : 'write';
}

/** The same report for a slot that is not brought back by writing its partition. @param how it is, in words */
export function withOwnAdvice(report: SlotReport, name: SlotName, how: string): SlotReport {
  const findings = report.findings.map((finding) =>
    finding.advice === null ? finding : { ...finding, advice: finding.advice.replace(writeAdvice(name), how) },
  );
  return { ...report, findings };
}

function writeAdvice(name: SlotName): string {
  return `write it anew: 'lifeboot repair ${name} --from IMAGE|SLOT'`;
}

function examineDisk({ name, disk, unreadable }: SlotFacts): readonly Finding[] {
  if (!isFound(disk)) {
    return [fail('device', disk.why, 'check cable and power of the disk, and the name with blkid')];
  }
  return [
    unreadable === null
      ? ok('device', `'${name}' is ${disk.path}, ${formatBytes(disk.sizeBytes)}`)
      : fail('device', `${disk.path} cannot be read: ${unreadable}`, 'look at the kernel log; replace the medium'),
    ...disk.notes.map((note) => warn('device', note, 'give each device a name of its own, such as PARTUUID=')),
    ...(disk.mountedWritable
      ? [warn('device', `${disk.path} is mounted writable, so its file system is not checked`, `umount ${disk.path}`)]
      : []),
    ...(disk.writeProtected ? [warn('device', `${disk.path} is write-protected`, 'it cannot be written anew')] : []),
  ];
}

function examineSuperblock(name: SlotName, disk: FoundDisk, { superblock }: SlotFacts): readonly Finding[] {
  if (superblock === null) return [];
  const { type, sizeBytes, notes, hasBackup } = superblock;
  if (type === null) {
    return hasBackup
      ? [
          fail(
            'superblock',
            'the superblock is damaged or overwritten; a backup of ext4 is there',
            `e2fsck -y ${disk.path} may bring it back, or ${writeAdvice(name)}`,
          ),
        ]
      : [fail('superblock', 'no file system is recognised: empty, overwritten or encrypted', writeAdvice(name))];
  }
  const isCut = sizeBytes !== null && sizeBytes > disk.sizeBytes;
  return [
    isCut
      ? fail(
          'superblock',
          `${type} of ${formatBytes(sizeBytes)} on a device of ${formatBytes(disk.sizeBytes)}: it is cut off`,
          `use a larger partition, or ${writeAdvice(name)}`,
        )
      : ok('superblock', `${type}${sizeBytes === null ? '' : `, ${formatBytes(sizeBytes)}`}`),
    ...notes.map((note) => warn('superblock', note, 'harmless when the image was made so; otherwise write it anew')),
  ];
}

function examineCheck(name: SlotName, { check, superblock, disk }: SlotFacts): readonly Finding[] {
  if (check === null) return [];
  const { program, outcome, said } = check;
  switch (outcome) {
    case 'clean':
      return [ok('file system', `${program} finds nothing`)];
    case 'notRun':
      return [warn('file system', `${program} did not run: ${said}`, `install ${program} for a thorough check`)];
    case 'errors': {
      const found = `${program} finds errors: ${said}`;
      if (superblock?.isJournalDirty === true) {
        return [warn('file system', `${found} (its journal is not replayed)`, writeAdvice(name))];
      }
      const path = isFound(disk) ? disk.path : '';
      const byHand = superblock?.type === null || isExt(superblock?.type ?? null);
      return [fail('file system', found, byHand ? `e2fsck -y ${path}, or ${writeAdvice(name)}` : writeAdvice(name))];
    }
    default:
      return outcome satisfies never;
  }
}

function examineMount(name: SlotName, { mount, deployment }: SlotFacts): readonly Finding[] {
  if (mount !== null) return [fail('mount', mount.why, adviceFor(name, mount))];
  if (deployment === null) return [];
  return [ok('holds', `${deployment.version ?? 'an unnamed version'} (${deployment.id.slice(0, 12)})`)];
}

function examineParts(name: SlotName, { init, kernel, mount, deployment }: SlotFacts): readonly Finding[] {
  if (mount !== null || deployment === null) return [];
  return [
    ...(init === null ? [] : [examinePart(name, 'init', init)]),
    ...(kernel.length === 0 ? [ok('kernel', 'the slot carries none and boots with the shared one')] : []),
    ...kernel.map((part) => examinePart(name, 'kernel', part)),
  ];
}

function examinePart(name: SlotName, subject: string, { path, trouble }: PartFact): Finding {
  return trouble === null
    ? ok(subject, `'${path}' is there and can be read`)
    : fail(subject, trouble.why, adviceFor(name, trouble));
}

function adviceFor(name: SlotName, { kind }: Trouble): string {
  return kind === 'io' ? `look at the kernel log; when the medium is well, ${writeAdvice(name)}` : writeAdvice(name);
}

function examineRead(name: SlotName, { read }: SlotFacts): readonly Finding[] {
  if (read === null) return [];
  const { files, failed, failures, isPartial } = read;
  if (failures > 0) {
    const more = failures > failed.length ? `, and ${failures - failed.length} more` : '';
    return [fail('files', `cannot be read: ${failed.map((path) => `'${path}'`).join(', ')}${more}`, writeAdvice(name))];
  }
  if (isPartial) return [warn('files', `only ${files} files were read in the time there was`, 'run it again')];
  return [ok('files', `all ${files} files can be read`)];
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `32 MiB`; one decimal where it tells something. */
export function formatBytes(bytes: number): string {
  const step = Math.min(UNITS.length - 1, bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** step;
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${UNITS[step]}`;
}
