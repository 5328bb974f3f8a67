/**
 * The head of what `btrfs send` writes: which subvolume it is, and the transaction that changed it last.
 *
 * Pure. Format: linux/fs/btrfs/send.h: a magic, a version, then commands, each with attributes (type, length, value), all
 * little-endian. The first command tells the subvolume.
 */

export interface SubvolumeIdentity {
  /** As it was received under, where it came by `btrfs receive`; else its own. */
  readonly uuid: string;
  /**
   * The transaction in which a file of it changed last. The `Generation` of `btrfs subvolume show` will not do: it also
   * grows when somebody makes a snapshot of the subvolume.
   */
  readonly changedIn: bigint;
}

const MAGIC = 'btrfs-stream\0';
const VERSION_BYTES = 4;
const COMMAND_BYTES = 10;
const ATTRIBUTE_BYTES = 4;
const SUBVOL = 1;
const SNAPSHOT = 2;
const UUID = 1;
const CTRANSID = 2;

/** So much of a stream is enough: a path of 4096 bytes fits. */
export const SEND_HEADER_BYTES = 8192;

/** @returns null when it is no such stream, or not enough of it */
export function parseSendHeader(bytes: Buffer): SubvolumeIdentity | null {
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return null;
  const start = MAGIC.length + VERSION_BYTES;
  if (bytes.length < start + COMMAND_BYTES) return null;
  const kind = bytes.readUInt16LE(start + 4);
  if (kind !== SUBVOL && kind !== SNAPSHOT) return null;
  const first = start + COMMAND_BYTES;
  const end = first + bytes.readUInt32LE(start);
  if (end > bytes.length) return null;
  return identityIn(bytes.subarray(first, end));
}

function identityIn(attributes: Buffer): SubvolumeIdentity | null {
  let uuid: string | null = null;
  let changedIn: bigint | null = null;
  for (let at = 0; at + ATTRIBUTE_BYTES <= attributes.length; ) {
    const type = attributes.readUInt16LE(at);
    const value = attributes.subarray(at + ATTRIBUTE_BYTES, at + ATTRIBUTE_BYTES + attributes.readUInt16LE(at + 2));
    if (type === UUID && value.length === 16) uuid = formatUuid(value.toString('hex'));
    if (type === CTRANSID && value.length === 8) changedIn = value.readBigUInt64LE();
    at += ATTRIBUTE_BYTES + value.length;
  }
  return uuid === null || changedIn === null ? null : { uuid, changedIn };
}

function formatUuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
