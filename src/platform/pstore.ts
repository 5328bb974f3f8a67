/**
 * The panic records that the kernel keeps over a reboot (pstore).
 *
 * A record counts once: after the boot state holds what it says, it is copied to `/run` and removed. Left there, it would
 * be held against each later boot of a node whose clock cannot tell old from new, and firmware that keeps records in its
 * variables becomes full.
 */
import { copyFileSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '../core/errors.ts';
import { tryProgram } from './exec.ts';
import { list, readText } from './kernel-files.ts';

export interface PanicStore {
  /** The panic of the last boot in words, or null. @param since an older record is none of it; null: not known */
  read(since: string | null): string | null;
  /** Moves all records to where the booted system can read them. @returns what went wrong, or null */
  take(): string | null;
}

const PLACES = {
  store: '/sys/fs/pstore',
  backend: '/sys/module/pstore/parameters/backend',
  kept: '/run/lifeboot/pstore',
};

export function makePanicStore({ store, backend, kept } = PLACES): PanicStore {
  const records = () => list(store).filter((name) => name.startsWith('dmesg-'));
  return {
    read(since) {
      if (hasBackend(backend) && list(store).length === 0)
        tryProgram(['mount', '-t', 'pstore', 'pstore', store], { timeoutMs: 5000 });
      const isRecent = (name: string) => since === null || statSync(join(store, name)).mtimeMs >= Date.parse(since);
      const lines = records()
        .filter(isRecent)
        .map((name) => panicLine(readText(join(store, name))));
      return lines.find((line) => line !== null) ?? null;
    },
    take() {
      try {
        for (const name of records()) {
          mkdirSync(kept, { recursive: true, mode: 0o700 });
          copyFileSync(join(store, name), join(kept, name));
          rmSync(join(store, name));
        }
        return null;
      } catch (error) {
        return `cannot move the panic records out of '${store}': ${describeError(error)}`;
      }
    },
  };
}

/** A long log comes in several records, and only one of them has the line. */
function panicLine(text: string): string | null {
  const line = /^.*Kernel panic - not syncing:?\s*(.*)$/m.exec(text)?.[1];
  return line === undefined ? null : `ended in a kernel panic: ${line.trim().slice(0, 120)}`;
}

/** Without a backend there is nothing to mount, and no reason to start a program for it. */
function hasBackend(path: string): boolean {
  const backend = readText(path).trim();
  return backend !== '' && backend !== '(null)';
}
