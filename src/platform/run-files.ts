/**
 * The files below `/run/lifeboot` that carry the facts of this boot from the initramfs into the running system.
 *
 * They live in memory, so they are renamed into place and not flushed.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BootInfo, RunFiles, VerdictFile } from '../app/ports.ts';
import { BootError, describeError } from '../core/errors.ts';
import { freshMemory, type TendMemory } from '../core/ladder/link.ts';
import { runningTrouble } from './running-trouble.ts';

export function makeRunFiles(directory: string): RunFiles {
  const write = (name: string, text: string): void => {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    const temporary = join(directory, `.${name}.new`);
    writeFileSync(temporary, text, { mode: 0o644 });
    renameSync(temporary, join(directory, name));
  };
  const read = <T>(name: string): T | null => {
    const path = join(directory, name);
    return existsSync(path) ? parsed<T>(path) : null;
  };
  return {
    readBootInfo: () => withDefaults(read<Partial<BootInfo>>('boot.json')),
    writeBootInfo: (info) => write('boot.json', `${JSON.stringify(info)}\n`),
    writeInit: (path) => write('init', `${path}\n`),
    readVerdict: () => readVerdict(join(directory, 'verdict')),
    writeVerdict: (verdict) => write('verdict', `${JSON.stringify(verdict)}\n`),
    readTend: () => readTend(join(directory, 'tend.json')),
    writeTend: (memory) => write('tend.json', `${JSON.stringify(memory)}\n`),
    readVisit: () => readVisit(join(directory, 'visit')),
    writeVisit: (uptimeSeconds) => write('visit', `${uptimeSeconds}\n`),
    degraded: () => runningTrouble(join(directory, 'data')),
  };
}

/** @throws BootError BAD_DATA: what a shell or a hand wrote may be no JSON, and that is no fault of this program */
function parsed<T>(path: string): T {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (cause) {
    throw new BootError('BAD_DATA', `'${path}' cannot be read`, { cause, hint: 'reboot: each boot writes it anew' });
  }
}

/** The plain-shell fallback writes fewer keys than the boot stage. */
function withDefaults(info: Partial<BootInfo> | null): BootInfo | null {
  if (typeof info?.bootId !== 'string') return null;
  return {
    slot: null,
    attempt: null,
    mode: 'fallback',
    deploymentId: null,
    partuuid: null,
    serial: null,
    attemptSaved: false,
    degraded: [],
    trace: [],
    timingsMs: {},
    ...info,
    bootId: info.bootId,
  };
}

/** Whatever is wrong with it: the ladder then begins to look anew, and nothing is lost but time. */
function readTend(path: string): TendMemory | null {
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as Partial<TendMemory>;
    return Array.isArray(found.looks) && Array.isArray(found.taken) ? { ...freshMemory(0), ...found } : null;
  } catch {
    return null;
  }
}

function readVisit(path: string): number | null {
  const seconds = existsSync(path) ? Number(readFileSync(path, 'utf8')) : Number.NaN;
  return Number.isFinite(seconds) ? seconds : null;
}

/** The file's existence is what counts: one that somebody made with `touch` is a verdict too. */
function readVerdict(path: string): VerdictFile | null {
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as VerdictFile;
  } catch (error) {
    return { outcome: 'unknown', reason: `the verdict was not given by lifeboot (${describeError(error)})`, at: null };
  }
}
