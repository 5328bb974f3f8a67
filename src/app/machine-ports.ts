/**
 * What the use cases need of the machine itself. Types only; `ports.ts` shows them to everybody.
 */
import type { FileFact } from '../core/operate/examine-files.ts';
import type { WatchdogFacts } from '../core/root/watchdog-facts.ts';

/** What a box outside of the node watches. */
export interface Heartbeat {
  /** @param path a pin's value file, or a file in memory @throws BootError IO */
  beat(path: string): void;
}

/** The machine itself: clock, boot id, reboot, console. */
export interface Machine {
  /** The kernel's boot id, 32 lower-case hex digits. */
  bootId(): string;
  /** Now, RFC 3339 UTC with seconds; null when the clock cannot be trusted. */
  now(): string | null;
  /** The kernel's clock and the hardware's; null: there is none that can be read. */
  clocks(): { readonly nowMs: number; readonly rtcMs: number | null };
  /**
   * @param isKnown false: it is only known not to be earlier, and `now` gives null until somebody has put the clock right
   * @throws BootError IO; NOT_PERMITTED outside of an initramfs
   */
  setClock(toMs: number, isKnown: boolean): void;
  /** Milliseconds that never go backwards. */
  monotonicMs(): number;
  /** Seconds since the kernel started. */
  uptimeSeconds(): number;
  sleep(ms: number): void;
  /**
   * A panic record in pstore or a watchdog reset of the last boot, in words; null: none.
   * @param since when the last boot started, so that an older record is not held against it; null: not known
   */
  evidence(since: string | null): string | null;
  /**
   * The evidence is in the boot state now, so that it is not held against a later boot once more. Only in an initramfs.
   * @returns what went wrong, or null
   */
  forgetEvidence(): string | null;
  isRoot(): boolean;
  /** Asks the service manager for a reboot that does not wait for units. */
  rebootNow(reason: string): void;
}

/** What `doctor` sees of the machine. Reads only; what is not there is an answer. */
export interface Survey {
  /** null: no such file. */
  file(path: string): FileFact | null;
  /** null: one of them cannot be read. */
  sameContent(left: string, right: string): boolean | null;
  /** The files that exist among `patterns`, which may have a `*` in their last part. */
  expand(patterns: readonly string[]): readonly string[];
  /** @throws BootError ABSENT, CONTENT, IO */
  findDevice(name: string): { readonly path: string; readonly notes: readonly string[]; readonly removable?: boolean };
  /** Why the device cannot be written, or null; also null when it is not there. */
  whyReadOnly(device: string): string | null;
  /** `enabled` when something wants the unit; else `disabled`, `masked`, `not installed`, or why that is not known. */
  unitState(unit: string): string;
  kernelRelease(): string;
  /** @param device null: the first one. Never opens it. */
  watchdog(device: string | null): { readonly isPresent: boolean; readonly facts: WatchdogFacts };
}
