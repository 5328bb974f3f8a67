/**
 * What the far end sees of the node, and whether that is the place where it must be.
 *
 * Pure, but for {@link LOOK}, the question. Invariant: only an answer that came through the tunnel is a place.
 */
import { type BootFacts, parseBoot } from '../vm/support/node-view.ts';
import type { Place } from './fault.ts';

/** Asked by a login; works on a plain node and in rescue too. `$1`… is the place's own test. */
export function lookCommand(test = 'true'): string {
  return [
    'echo "bootId=$(cat /proc/sys/kernel/random/boot_id)"',
    'echo "boot=$(cat /run/lifeboot/boot.json 2>/dev/null)"',
    'echo "verdict=$(cat /run/lifeboot/verdict 2>/dev/null)"',
    `if { ${test}; } >/dev/null 2>&1; then echo test=yes; else echo test=no; fi`,
  ].join('; ');
}

export interface Seen {
  readonly bootId: string;
  /** Null: not booted by lifeboot. */
  readonly boot: BootFacts | null;
  readonly isProven: boolean;
  readonly passedTest: boolean;
}

/** @returns null when the answer is not one: the login was cut off half-way */
export function readLook(text: string): Seen | null {
  const value = (name: string): string | undefined => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1];
  const bootId = value('bootId');
  const passed = value('test');
  if (bootId === undefined || passed === undefined) return null;
  const boot = value('boot') ?? '';
  return {
    bootId: bootId.replaceAll('-', ''),
    boot: boot === '' ? null : parseBoot(boot),
    isProven: /"outcome":\s*"proven"/.test(value('verdict') ?? ''),
    passedTest: passed === 'yes',
  };
}

export function isThere(seen: Seen, place: Place): boolean {
  if (seen.boot === null) return false;
  const { slot } = seen.boot;
  const isSlot =
    place.slot === null || typeof place.slot === 'string' ? slot === place.slot : isOneOf(slot, place.slot);
  if (!isSlot) return false;
  if (seen.boot.mode !== (place.mode ?? 'normal')) return false;
  return seen.passedTest && (place.proven !== true || seen.isProven);
}

function isOneOf(slot: string | null, slots: readonly string[]): boolean {
  return slot !== null && slots.includes(slot);
}

/** Where a node is, in a few words. */
export function describeSeen({ boot, isProven }: Seen): string {
  if (boot === null) return 'a plain boot';
  const how = boot.mode === 'normal' ? '' : ` (${boot.mode})`;
  const where = boot.slot === null ? boot.mode : `slot ${boot.slot}${how}`;
  return `${where}${isProven ? ', proven' : ''}`;
}
