/**
 * Prints what happens, one line an event, with the time since the demo began.
 *
 * Effects: standard output only. Invariant: a line from the node's console is never shown as something the demo did.
 */
import type { ConsoleLine } from '../test/vm/support/qemu.ts';

export type Voice = 'demo' | 'node' | 'far end';

const startedMs = Date.now();
const colours = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
const COLOUR: Readonly<Record<Voice, number>> = { demo: 36, node: 90, 'far end': 32 };

function paint(code: number, text: string): string {
  return colours ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/** `12:03.4` since the demo began. */
export function clock(atMs: number = Date.now()): string {
  const tenths = Math.floor((atMs - startedMs) / 100);
  const minutes = String(Math.floor(tenths / 600)).padStart(2, ' ');
  const seconds = String(Math.floor((tenths % 600) / 10)).padStart(2, '0');
  return `${minutes}:${seconds}.${tenths % 10}`;
}

let lastSaidMs = startedMs;

export function say(voice: Voice, text: string, atMs: number = Date.now()): void {
  lastSaidMs = Date.now();
  for (const line of text.trimEnd().split('\n')) {
    console.log(`${clock(atMs)}  ${paint(COLOUR[voice], voice.padEnd(7))}  ${line}`);
  }
}

/** Says that the demo is still at it, when nothing else was said for half a minute. */
export function sayWaiting(text: string): void {
  if (Date.now() - lastSaidMs > 30_000) say('demo', text);
}

export function title(text: string): void {
  console.log(`\n${clock()}  ${paint(1, `== ${text}`)}`);
}

/** What a person wants to see of a node's console: its starts and ends, and what lifeboot says. */
const NOTABLE = [
  /^(\[ *[\d.]+\] )?lifeboot: /,
  /Linux version \S+/,
  /Kernel panic - not syncing/,
  /crash\.service: /,
  /Rebooting in|rebooting\.\.\./i,
  /You are in (emergency|rescue) mode/,
  /reboot: (Restarting|Power down|machine restart)/,
  /Failed to mount|Dependency failed for/,
  /segfault at|Attempted to kill init/,
];

export function isNotable(text: string): boolean {
  return NOTABLE.some((pattern) => pattern.test(text));
}

export function sayConsole(line: ConsoleLine): void {
  if (!isNotable(line.text)) return;
  const text = line.text.replace(/^\[ *[\d.]+\] /, '').replace(/Linux version (\S+).*/, 'power is on: Linux $1 starts');
  say('node', text.length > 150 ? `${text.slice(0, 149)}…` : text, line.atMs);
}
