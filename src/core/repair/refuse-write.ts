/**
 * What may not be written over, and what may not be written: decided before the first byte.
 *
 * Pure. Invariant (law 3): neither the running slot nor the one that proved itself last is ever written. The same holds
 * for their devices under another name.
 */
import type { Config } from '../config/config.ts';
import { BootError } from '../errors.ts';
import { ownUpgrade } from '../root/base-source.ts';
import type { SlotName } from '../slot.ts';
import type { BootState } from '../state/state.ts';
import { formatBytes } from './examine-slot.ts';
import { lastProven } from './last-proven.ts';
import type { FoundDisk } from './slot-facts.ts';
import { contentBytes, type SourceFacts } from './source-facts.ts';

export interface WriteFacts {
  readonly slot: SlotName;
  readonly state: BootState;
  /** The running slot, or null. */
  readonly running: SlotName | null;
  readonly config: Config;
  readonly disk: FoundDisk;
  /** The devices of all configured names other than the slot's own: slots, `upper`, `state`. */
  readonly others: Readonly<Record<string, string>>;
}

/** @throws BootError REFUSED when the slot may not be changed now */
export function refuseTarget(facts: WriteFacts): void {
  const { slot, disk, others, config } = facts;
  refuseUnwritable(config, slot);
  refuseWayBack(slot, slot, facts);
  for (const [use, path] of Object.entries(others)) {
    if (path !== disk.path) continue;
    if (Object.hasOwn(config.slots, use)) refuseWayBack(slot, use, facts);
    else throw refused(`${disk.path} of slot '${slot}' also holds ${use}`, 'correct the configuration');
  }
  if (disk.mountedAt !== null) {
    throw refused(
      `${disk.path} of slot '${slot}' is mounted at '${disk.mountedAt}'`,
      `umount '${disk.mountedAt}' first`,
    );
  }
  if (disk.writeProtected)
    throw refused(`${disk.path} of slot '${slot}' is write-protected`, 'look for a switch on it');
}

/** Its partition holds more than this slot. @throws BootError REFUSED */
export function refuseUnwritable(config: Config, slot: SlotName): void {
  const own = ownUpgrade(config.slots[slot] ?? { root: '' });
  if (own === null) return;
  throw refused(`slot '${slot}' is ${own.is}, and the partition is not written over`, own.how);
}

/** @param holder the slot itself, or another one on the same device */
function refuseWayBack(slot: SlotName, holder: SlotName, { state, running }: WriteFacts): void {
  const what = holder === slot ? `slot '${slot}'` : `slot '${slot}' is on the device of slot '${holder}', which`;
  if (holder === running || (running !== null && state.slots[running]?.snapshotOf === holder)) {
    throw refused(`${what} is running`, `boot another slot first: 'lifeboot switch SLOT --once', and reboot`);
  }
  const way = lastProven(state);
  if (!way.includes(holder)) return;
  const others = way.filter((name) => name !== holder);
  const also = others.length === 0 ? '' : `, as far as is known: ${way.join(', ')}`;
  throw refused(
    `${what} is the one that proved itself last${also}: it is the way back and is not written`,
    `when another slot has proven itself (see 'lifeboot status'), it can be written`,
  );
}

/**
 * @throws BootError REFUSED or CONTENT when this source does not go into that slot
 */
export function refuseSource(source: SourceFacts, facts: WriteFacts): void {
  const { what, form } = source;
  if (form !== 'file system') {
    const { is, hint } = FORMS[form];
    throw new BootError('CONTENT', `${what} is ${is}, and only the raw image of a file system is written`, { hint });
  }
  refuseSizes(source, facts);
  refuseNames(source, facts);
  if (source.disk?.mountedWritable === true) {
    throw refused(
      `${what} is mounted writable, and a copy of it could be torn`,
      'copy a slot that is mounted read-only',
    );
  }
}

const FORMS: Readonly<Record<SourceFacts['form'], { readonly is: string; readonly hint: string }>> = {
  'file system': { is: 'a file system', hint: '' },
  compressed: { is: 'compressed', hint: 'decompress it first, with gunzip, xz -d or zstd -d' },
  disk: { is: 'the image of a whole disk', hint: 'cut the partition out of it: losetup --partscan, then dd' },
  sparse: { is: 'a sparse image', hint: 'make it raw with simg2img' },
  nothing: { is: 'nothing that is known', hint: 'name the image of a file system, such as ext4, squashfs or erofs' },
};

function refuseSizes(source: SourceFacts, { slot, disk }: WriteFacts): void {
  const { what, sizeBytes, fileSystemBytes } = source;
  if (fileSystemBytes !== null && fileSystemBytes > sizeBytes) {
    const sizes = `${formatBytes(fileSystemBytes)}, of which only ${formatBytes(sizeBytes)} are there`;
    throw new BootError('CONTENT', `${what} is cut off: its file system has ${sizes}`, { hint: 'fetch it again' });
  }
  const bytes = contentBytes(source);
  if (bytes <= disk.sizeBytes) return;
  const sizes = `${formatBytes(bytes)} (${bytes} bytes) do not fit into ${formatBytes(disk.sizeBytes)} (${disk.sizeBytes})`;
  throw refused(`${what} is larger than ${disk.path} of slot '${slot}': ${sizes}`, 'use a smaller image');
}

/** A raw copy brings label and UUID of its file system along, and slots can be named by them. */
function refuseNames({ what, label, uuid, type, disk }: SourceFacts, { slot, config }: WriteFacts): void {
  const hint = 'name each slot by PARTLABEL= or PARTUUID=, which an image does not bring along';
  const isNamed = (root: string): boolean =>
    root === `LABEL=${label ?? ''}` || root.toLowerCase() === `uuid=${uuid?.toLowerCase() ?? ''}`;
  const root = config.slots[slot]?.root ?? '';
  if (/^(LABEL|UUID)=/.test(root) && !isNamed(root)) {
    const has = `label '${label ?? ''}' and UUID '${uuid ?? ''}'`;
    throw refused(`slot '${slot}' is found by '${root}', and ${what} has ${has}: it would not be found any more`, hint);
  }
  const taken = Object.entries(config.slots).find(([name, other]) => name !== slot && isNamed(other.root));
  if (taken !== undefined) {
    throw refused(`slot '${taken[0]}' is found by '${taken[1].root}', and ${what} would be a second one of it`, hint);
  }
  if (type === 'btrfs' && disk !== null) {
    throw refused(`${what} is btrfs, of which a node must not have two with one UUID`, 'write an image of its own');
  }
}

function refused(message: string, hint: string): BootError {
  return new BootError('REFUSED', message, { hint });
}
