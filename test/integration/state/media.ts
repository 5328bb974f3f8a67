import { execFileSync } from 'node:child_process';
import { closeSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { BootState } from '../../../src/core/state/state.ts';
import { openConfiguredState, openStatePath } from '../../../src/platform/state/open-state.ts';
import { configOf, good, stateOf } from '../../support/states.ts';

export const SIZE = 1 << 20;
export const STATE = stateOf({ a: good('a'), b: good('b') });

export function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

export function emptyFile(dir: string, sizeBytes = SIZE): string {
  const path = join(dir, 'medium');
  writeFileSync(path, '');
  truncateSync(path, sizeBytes);
  return path;
}

export function withLoop<T>(path: string, body: (device: string) => T, ...options: string[]): T {
  const device = run('losetup', '--find', '--show', ...options, path);
  try {
    return body(device);
  } finally {
    run('losetup', '-d', device);
  }
}

export function overwrite(path: string, offset: number, bytes: Uint8Array): void {
  const descriptor = openSync(path, 'r+');
  try {
    writeSync(descriptor, bytes, 0, bytes.length, offset);
  } finally {
    closeSync(descriptor);
  }
}

/** Saves states with history lengths 1, 2, 3… so that they can be told apart. */
export function numbered(count: number): BootState {
  return { ...STATE, pending: Array.from({ length: count }, (_, index) => `p${index}`) };
}

export function pendingOf(path: string): number | string {
  const reading = openStatePath(path).read();
  return reading.kind === 'valid' ? reading.state.pending.length : reading.kind;
}

export function openFile(device: string, dir: string) {
  const config = configOf(`[state]\ndevice = "${device}"\nfile = "lifeboot.state"\n[slots.a]\nroot = "/dev/x"\n`);
  return openConfiguredState(config, { findDevice: (name) => name, waitSeconds: 0, runDirectory: dir });
}
