/**
 * What the use cases need of the machine itself. Types only; `ports.ts` shows them to everybody.
 */
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
