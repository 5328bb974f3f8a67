/** Looks at processes and sockets from outside, by /proc. */
import { readFileSync, readlinkSync } from 'node:fs';

/** A test blocks the event loop, so ended children stay as zombies: those are gone too. */
export function isGone(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

/** Whether the table of listening sockets has `port`. */
export function isListening(table: string, port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  try {
    return new RegExp(`:${hex} 00000000:0000 0A`).test(readFileSync(table, 'utf8'));
  } catch {
    return false;
  }
}

/** Where a link points, or null. */
export function readlinkOr(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
