/**
 * `repair --from` on a simulated slot: the production writer on a simulated disk, the rest of `repair` from its tests.
 */
import { createHash } from 'node:crypto';
import type { Ports } from '../../src/app/ports.ts';
import { BootError } from '../../src/core/errors.ts';
import { openSlotWriter } from '../../src/platform/repair/slot-writer.ts';
import { DISKS, diskOf, fakeRepairs } from '../support/fake-repairs.ts';
import { type Machine, WORLD } from './disk/machine.ts';
import { simulatedCalls } from './disk/name-calls.ts';

export const SLOT_DEVICE = `${WORLD}/dev/slot`;
/** The head of 128 KiB that is cleared first and written last, and something behind it. */
export const SLOT_BYTES = 160 * 1024;

/** Slot b has a file system with errors, until it is repaired. */
export function simulatedRepairs(machine: Machine): Ports['repairs'] {
  const disks = { ...DISKS, 'PARTLABEL=root-b': diskOf(SLOT_DEVICE, { sizeBytes: SLOT_BYTES }) };
  const source = { sizeBytes: SLOT_BYTES, fileSystemBytes: SLOT_BYTES };
  const facts = { check: { program: 'e2fsck', outcome: 'errors', said: 'Inode 12 has zero dtime' } } as const;
  const onStep = (step: string): void => {
    if (step === 'fix') machine.mark('fixing');
  };
  const fakes = fakeRepairs({ disks, source, facts, factsAfterFix: {}, onStep }, []);
  return { ...fakes, openWriter: (request) => openSlotWriter(request) };
}

/** The base id of what the slot holds. @throws BootError CONTENT without a superblock */
export function slotId(machine: Machine): string {
  const bytes = simulatedCalls(machine).readFileSync(SLOT_DEVICE) as Buffer;
  if (!hasSuperblock(bytes)) throw new BootError('CONTENT', 'no file system was recognised');
  return createHash('sha256').update(bytes).digest('hex');
}

/** Stands for what every file system has within its first 4 KiB. */
export function hasSuperblock(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(1024, 1030)).toString('latin1') === 'SUPER1';
}
