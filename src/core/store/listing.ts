/**
 * What a directory tree holds, and the one text that stands for all of it.
 *
 * Pure. Paths, names and values are byte strings (latin1). Invariant: two trees have the same text exactly when an
 * overlay shows the same files through them; what differs between file systems (sizes of directories, inode numbers, the
 * order of names) and what overlay notes for itself is not in it.
 */

export type EntryKind = 'file' | 'dir' | 'link' | 'char' | 'block' | 'fifo' | 'socket' | 'whiteout';

export interface Entry {
  /** Relative; '' is the directory itself. */
  readonly path: string;
  readonly kind: EntryKind;
  /** The lower twelve bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: bigint;
  /** Of a file: bytes and digest. Of a link: its target. Of a device: its number. Of others: ''. */
  readonly content: string;
  /** The first path of the same inode in this tree, when it has several. */
  readonly sameAs: string | null;
  /** Name and value in hex, by name. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
}

/** One line of the text, for a hash. */
export function formatEntry(entry: Entry): string {
  // A whiteout stands for nothing but itself: kernels link all of them to one inode, with whatever owner and time.
  if (entry.kind === 'whiteout') return `${[entry.path, entry.kind].join('\0')}\0\n`;
  const fields = [
    entry.path,
    entry.kind,
    entry.mode.toString(8),
    entry.uid,
    entry.gid,
    entry.mtimeNs,
    entry.content,
    entry.sameAs ?? '',
    ...entry.attributes.flat(),
  ];
  return `${fields.join('\0')}\0\n`;
}
