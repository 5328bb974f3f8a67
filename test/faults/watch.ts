/**
 * Watches a node through its tunnel until it is where it must be, or until it is known that it will not be.
 *
 * Effects: logins only. No hand on the node: nothing here sends anything to its console or changes it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FarEnd } from '../vm/support/far-end.ts';
import type { Guest } from '../vm/support/qemu.ts';
import type { Place } from './fault.ts';
import { describeSeen, isThere, lookCommand, readLook, type Seen } from './look.ts';

export interface WatchOptions {
  readonly farEnd: FarEnd;
  readonly guest: Guest;
  /** Absent: any login at all. */
  readonly place?: Place;
  /** Another boot than this one. */
  readonly after?: string;
  readonly limitMs: number;
  /** When the console says this, `graceMs` are left. */
  readonly sign?: RegExp;
  readonly graceMs?: number;
}

export interface Watched {
  /** What the last login saw; null: there was none. */
  readonly seen: Seen | null;
  readonly isThere: boolean;
  readonly seconds: number;
  /** Why the watch ended. */
  readonly why: string;
}

const PAUSE_MS = 1500;

export async function watch(options: WatchOptions): Promise<Watched> {
  const { farEnd, guest, place } = options;
  const startedMs = Date.now();
  let endMs = startedMs + options.limitMs;
  let isSigned = false;
  let seen: Seen | null = null;
  const end = (isThere: boolean, why: string): Watched => {
    return { seen, isThere, seconds: Math.round((Date.now() - startedMs) / 1000), why };
  };
  for (;;) {
    const { status, stdout } = await farEnd.login(lookCommand(place?.test), { timeoutMs: 20_000 });
    const now = status === 0 ? readLook(stdout) : null;
    if (now !== null && now.bootId !== options.after) {
      if (seen?.bootId !== now.bootId) console.log(`    in through the tunnel: ${describeSeen(now)}`);
      seen = now;
      if (place === undefined || isThere(now, place)) return end(true, describeSeen(now));
    }
    const sign = isSigned ? undefined : options.sign;
    const said = sign && guest.lines.find((line) => sign.test(line.text));
    if (said) {
      isSigned = true;
      endMs = Math.min(endMs, Date.now() + (options.graceMs ?? 0));
      console.log(`    the console says: ${said.text}`);
    }
    if (!guest.running) return end(false, 'the machine is off');
    if (Date.now() > endMs) return end(false, isSigned ? 'nothing after its last words' : 'the time is over');
    await sleep(PAUSE_MS);
  }
}
