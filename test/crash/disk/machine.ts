/**
 * A running machine on simulated disks: what is mounted where, what is open, and a record of every change.
 *
 * Invariant: everything that changes a disk goes through `record`, so that the record replays to every image that a power
 * cut can leave.
 */
import type { Attributes, Content, Image, Inode, VolumeName } from './image.ts';
import { Changing, type DiskEvent, type Unit } from './units.ts';

/** Where the simulated world begins; no path of the real machine does. */
export const WORLD = '/simulated';

export interface Mount {
  readonly point: string;
  readonly inode: number;
  readonly volume: VolumeName;
  readonly type: string;
  readonly source: string;
  options: readonly string[];
}

export interface OpenFile {
  readonly inode: number;
  readonly volume: VolumeName;
  readonly path: string;
  readonly writable: boolean;
  readonly append: boolean;
  position: number;
}

/** Device numbers, as in mountinfo and `stat`. */
export const DEVICES: Readonly<Record<VolumeName, number>> = {
  run: 1,
  state: 0x801,
  boot: 0x802,
  data: 0x803,
  slot: 0x804,
};

const FIRST_DESCRIPTOR = 1_000_000;

export class Machine {
  readonly events: DiskEvent[] = [];
  /** In the order in which they were mounted: the last one at a point is the one that is seen. */
  mounts: Mount[] = [];
  readonly files = new Map<number, OpenFile>();
  /** Calls that the simulation does not know: a test with any of them proves nothing. */
  readonly unknown: string[] = [];
  readonly roots: ReadonlyMap<VolumeName, number>;
  private readonly changing: Changing;
  private nextInode: number;
  private nextDescriptor = FIRST_DESCRIPTOR;
  private timeMs = 1_790_000_000_000;

  constructor(image: Image) {
    this.changing = new Changing(image.inodes);
    this.nextInode = Math.max(0, ...image.inodes.keys()) + 1;
    const memory = this.make('run', { kind: 'dir', entries: new Map() }, 0o755);
    this.roots = new Map([...image.roots, ['run', memory]]);
    this.mounts.push({ point: WORLD, inode: memory, volume: 'run', type: 'tmpfs', source: 'tmpfs', options: ['rw'] });
  }

  inode(number: number): Inode {
    const inode = this.changing.inodes.get(number);
    if (inode === undefined) throw new Error(`the simulation has lost inode ${number}`);
    return inode;
  }

  make(volume: VolumeName, content: Content, mode: number): number {
    const number = this.nextInode;
    this.nextInode += 1;
    const inode: Inode = { mode, uid: 0, gid: 0, mtimeMs: this.now(), ...content };
    this.changing.inodes.set(number, inode);
    if (volume !== 'run') this.events.push({ kind: 'make', number, inode });
    return number;
  }

  /** Changes what the machine sees, at once, and notes what the disk may not have yet. */
  record(volume: VolumeName, unit: Unit): void {
    this.changing.apply(unit);
    if (volume !== 'run') this.events.push({ kind: 'unit', unit, volume });
  }

  setRights(volume: VolumeName, inode: number, change: Partial<Attributes>): void {
    this.record(volume, { kind: 'rights', inode, change });
  }

  mark(text: string): void {
    this.events.push({ kind: 'mark', text });
  }

  now(): number {
    this.timeMs += 1;
    return this.timeMs;
  }

  open(file: OpenFile): number {
    const descriptor = this.nextDescriptor;
    this.nextDescriptor += 1;
    this.files.set(descriptor, file);
    return descriptor;
  }

  /** What everything looks like now, as an orderly shutdown would leave it. */
  image(): Image {
    const roots = new Map([...this.roots].filter(([name]) => name !== 'run'));
    return { inodes: this.changing.snapshot(), roots };
  }
}
