/**
 * The adapter behind `repair`: looks at slots, writes them, repairs their file systems.
 */
import { statSync } from 'node:fs';
import type { Repairs } from '../../app/ports.ts';
import { BootError } from '../../core/errors.ts';
import { fixCommand, isFixed, judgeCheck } from '../../core/repair/file-system-check.ts';
import type { FoundDisk, SuperblockFacts } from '../../core/repair/slot-facts.ts';
import { type SourceFacts, sourceForm } from '../../core/repair/source-facts.ts';
import { HEAD_BYTES } from '../../core/root/probe.ts';
import { findDevice } from '../root/find-device.ts';
import { tryTool, whyFailed } from '../root/tools.ts';
import { type ExamineOptions, examineDisk, examineRoot } from './examine-disk.ts';
import { findCopies } from './find-copies.ts';
import { findDisk } from './find-disk.ts';
import { readAt, readSuperblockFacts } from './read-superblock.ts';
import { openSlotWriter } from './slot-writer.ts';

const FIX_MS = 2 * 60 * 60_000;

export function makeRepairs(settings: Omit<ExamineOptions, 'find'> & Partial<Pick<ExamineOptions, 'find'>>): Repairs {
  const options: ExamineOptions = { find: findDevice, ...settings };
  return {
    examine: (request) => examineRoot(request, options),
    examineSource: (source, init) => examineDisk(source.what, source.disk ?? asDisk(source), { init }, options),
    findDisk: (root, recorded) => findDisk(root, recorded, options.find),
    readSource,
    openWriter: (request) => openSlotWriter(request),
    fixFileSystem,
    findCopies: (source, recorded, files) => findCopies({ source, recorded, files, own: '/' }, options),
  };
}

function readSource(what: string, path: string, disk: FoundDisk | null): SourceFacts {
  const sizeBytes = disk === null ? imageSize(path) : disk.sizeBytes;
  try {
    const { type, label, uuid, sizeBytes: fileSystemBytes } = readSuperblockFacts(path);
    const form = sourceForm(readAt(path, 0, HEAD_BYTES), type);
    return { what, path, sizeBytes, form, type, label, uuid, fileSystemBytes, disk };
  } catch (cause) {
    throw new BootError('IO', `cannot read ${what}`, { cause });
  }
}

function imageSize(path: string): number {
  let found: ReturnType<typeof statSync>;
  try {
    found = statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw new BootError('IO', `cannot look at '${path}'`, { cause });
  }
  if (found === undefined) {
    throw new BootError('ABSENT', `there is no '${path}'`, {
      hint: '--from takes the path of an image, or a slot name',
    });
  }
  if (!found.isFile()) {
    throw new BootError('CONTENT', `'${path}' is no regular file`, {
      hint: 'name an image, or the slot that it holds',
    });
  }
  return found.size;
}

/** An image as if it were a device of its own; without a number it is mounted through a loop device. */
function asDisk({ path, sizeBytes }: SourceFacts): FoundDisk {
  const unknown = { number: null, partuuid: null, serial: null, mountedAt: null, notes: [] };
  return { path, sizeBytes, ...unknown, removable: false, writeProtected: false, mountedWritable: false };
}

function fixFileSystem(path: string): void {
  const finished = tryTool(fixCommand(path), { timeoutMs: FIX_MS });
  if (isFixed(finished.status)) return;
  const said = judgeCheck(AS_EXT, finished)?.said ?? whyFailed(finished);
  throw new BootError('IO', `e2fsck could not repair '${path}': ${said}`, {
    hint: 'write the slot anew',
  });
}

const AS_EXT: SuperblockFacts = {
  type: 'ext4',
  label: null,
  uuid: null,
  sizeBytes: null,
  notes: [],
  isJournalDirty: false,
  hasBackup: false,
};
