/** Slots in memory for `repair`: what each root holds, and a writer that can be cut or fail at any of its steps. */
import type { Ports, SlotWriter, WriteRequest } from '../../src/app/ports.ts';
import { BootError } from '../../src/core/errors.ts';
import type { FoundDisk, SlotFacts, SuperblockFacts } from '../../src/core/repair/slot-facts.ts';
import type { SourceFacts } from '../../src/core/repair/source-facts.ts';

const MIB = 1024 * 1024;

export const SUPERBLOCK: SuperblockFacts = {
  type: 'ext4',
  label: null,
  uuid: null,
  sizeBytes: 32 * MIB,
  notes: [],
  isJournalDirty: false,
  hasBackup: false,
};

export function diskOf(path: string, change: Partial<FoundDisk> = {}): FoundDisk {
  const nowhere = { partuuid: null, serial: null, mountedAt: null, mountedWritable: false };
  return {
    path,
    number: '1:1',
    sizeBytes: 32 * MIB,
    ...nowhere,
    removable: false,
    writeProtected: false,
    notes: [],
    ...change,
  };
}

/** A slot with nothing wrong in it. */
export function soundFacts(path: string, change: Partial<SlotFacts> = {}): SlotFacts {
  return {
    name: path,
    disk: diskOf(path),
    unreadable: null,
    superblock: SUPERBLOCK,
    check: { program: 'e2fsck', outcome: 'clean', said: '' },
    mount: null,
    deployment: { id: 'b-new', version: '3' },
    init: { path: '/sbin/init', trouble: null },
    kernel: [],
    read: { files: 3, failed: [], failures: 0, isPartial: false },
    ...change,
  };
}

export type WriterStep = 'clearHead' | 'writeBody' | 'checkBody' | 'writeHead';

export interface RepairSetup {
  /** By root name; a name that is not there is absent. */
  readonly disks?: Readonly<Record<string, FoundDisk>>;
  readonly facts?: Partial<SlotFacts>;
  /** What the slot is like once its file system was repaired. */
  readonly factsAfterFix?: Partial<SlotFacts>;
  readonly sourceFacts?: Partial<SlotFacts>;
  readonly source?: Partial<SourceFacts>;
  readonly isThere?: boolean;
  readonly failsAt?: WriterStep;
  readonly fixFails?: boolean;
  /** Called as each step begins, with the steps before it. */
  readonly onStep?: (step: WriterStep | 'open' | 'fix') => void;
}

export const DISKS: Readonly<Record<string, FoundDisk>> = {
  'PARTLABEL=root-a': diskOf('/dev/vda2'),
  'PARTLABEL=root-b': diskOf('/dev/vda3'),
  'LABEL=recovery-root': diskOf('/dev/sdb1'),
  'PARTLABEL=lifeboot-state': diskOf('/dev/vda1'),
  'PARTLABEL=system-data': diskOf('/dev/vda4'),
};

export function fakeRepairs(setup: RepairSetup, steps: string[]): Ports['repairs'] {
  const disks = setup.disks ?? DISKS;
  return {
    examine: ({ root }) =>
      soundFacts(disks[root]?.path ?? '', steps.includes('fix') ? (setup.factsAfterFix ?? setup.facts) : setup.facts),
    examineSource: ({ path }) => soundFacts(path, setup.sourceFacts),
    findDisk(root) {
      const disk = disks[root];
      if (disk === undefined) throw new BootError('ABSENT', `device '${root}' was not found`);
      return disk;
    },
    readSource: (what, path, disk) => ({
      what,
      path,
      sizeBytes: 24 * MIB,
      form: 'file system',
      type: 'ext4',
      label: null,
      uuid: null,
      fileSystemBytes: 24 * MIB,
      disk,
      ...setup.source,
    }),
    openWriter: (request) => fakeWriter(request, setup, steps),
    fixFileSystem() {
      setup.onStep?.('fix');
      steps.push('fix');
      if (setup.fixFails === true) throw new BootError('IO', 'e2fsck could not repair it');
    },
    findCopies: () => ({ copies: [], initramfsMs: null }),
  };
}

function fakeWriter({ from, to, bytes }: WriteRequest, setup: RepairSetup, steps: string[]): SlotWriter {
  const step = (name: WriterStep, progress?: (bytes: number) => void): void => {
    setup.onStep?.(name);
    steps.push(name);
    progress?.(bytes / 2);
    progress?.(bytes);
    if (setup.failsAt === name) throw new BootError('IO', `'${to}' does not hold what was written to it`);
  };
  setup.onStep?.('open');
  steps.push(`open ${from} -> ${to}`);
  return {
    holdsSource: () => setup.isThere ?? false,
    clearHead: () => step('clearHead'),
    writeBody: (progress) => step('writeBody', progress),
    checkBody: (progress) => step('checkBody', progress),
    writeHead: () => step('writeHead'),
    close: () => void steps.push('close'),
  };
}
