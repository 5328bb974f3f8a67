/**
 * What a named fault is: how it gets into a node, where the node must end, and how lifeboot's answer is taken out.
 *
 * Types only. Invariant: a fault is data. It is injected by ordinary tools into a prepared disk, or by a shell on the
 * running node; nothing in lifeboot knows of it.
 */
import type { Mode } from '../../src/core/slot.ts';

/**
 * `debian`: Debian 12 with systemd. `small`: busybox and OpenSSH, in reach after a third of the time. `rescue`: the small
 * one, with `[rescue]` in its configuration.
 */
export type NodeKind = 'debian' | 'small' | 'rescue';

export type PartitionName = 'lifeboot-state' | 'root-a' | 'root-b' | 'recovery' | 'system-data';

/** One step on the disk of a node that is switched off. */
export type Break =
  /** A shell script in the mounted file system; its directory is the file system's top. */
  | { readonly mounted: PartitionName; readonly sh: string }
  /** A shell script with the partition as block device `$1`. */
  | { readonly device: PartitionName; readonly sh: string }
  /** A shell script with the whole disk's image as `$1`. */
  | { readonly disk: string }
  /** What an operator did: a lifeboot command on the node's state, e.g. `switch b`; `as`: on a node of that name. */
  | { readonly lifeboot: readonly string[]; readonly as?: string };

/** The machine around the disk. */
export interface Machine {
  /** Words added to the kernel command line. */
  readonly cmdline?: string;
  /** Further QEMU arguments. */
  readonly qemu?: readonly string[];
  /** Sectors of 512 bytes, from the disk's start, that cannot be read any more. */
  readonly badSectors?: readonly number[];
  /** Files laid over the initramfs: path to content. */
  readonly over?: Readonly<Record<string, string>>;
  /** This many bytes at the end of the initramfs never reached the disk. */
  readonly tornBytes?: number;
}

export interface Live {
  readonly sh: string;
  /** Whether the boot that was broken may itself come back. */
  readonly back: 'same boot' | 'another boot';
}

export interface Outage {
  readonly until: RegExp;
  readonly seconds: number;
}

/** Where the node must be, seen by a login through its tunnel. */
export interface Place {
  /** Null: booted by the fallback in shell, or in rescue. A list: any of these. */
  readonly slot: string | null | readonly string[];
  readonly mode?: Mode;
  /** Wait until this boot is proven. */
  readonly proven?: boolean;
  /** A shell command on the node that must succeed, too. */
  readonly test?: string;
}

/** The same fault, without lifeboot's answer to it. */
export interface Without {
  /** How the answer is taken out, in words. */
  readonly how: string;
  /** A plain initramfs boots this slot, as before there was a lifeboot. */
  readonly plain?: 'a' | 'b';
  /** What is taken out on the disk. */
  readonly breaks?: readonly Break[];
  /** Replaces the fault's own machine. */
  readonly machine?: Machine;
  /** Where it ends: nowhere that can be reached, or in this wrong place. */
  readonly ends: 'unreachable' | Place;
  /** When the console says this, nothing better will come. */
  readonly sign?: RegExp;
}

export interface Fault {
  readonly name: string;
  /** What is wrong, for people. */
  readonly what: string;
  readonly node: NodeKind;
  readonly breaks: readonly Break[];
  readonly machine?: Machine;
  /** Run by a shell on the proven node, before anything is expected; it may be cut off by what it does. */
  readonly live?: Live;
  /** The far end is away from power-on until so long after the console said this. */
  readonly outage?: Outage;
  /** What lifeboot does about it, in words. */
  readonly answer: string;
  /** What must be said about it, on the console or in the trace of the boot that it ends in. */
  readonly signs: readonly RegExp[];
  readonly ends: Place;
  /** At most so many starts of the machine since the fault; 0: it comes back without one. */
  readonly boots: number;
  readonly without: Without;
}

/** The same comparison without any fault: it must be in reach, or the negative runs would show nothing. */
export interface Control {
  readonly name: string;
  readonly node: NodeKind;
  readonly without: Without;
}
