/**
 * The files below `/run/lifeboot` that lifeboot and the initramfs's shell tell each other about rescue with.
 *
 * Lines of `key TAB value`, so that plain shell reads and writes them. They live in memory: renamed, not flushed.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rescue } from '../../app/ports.ts';
import type { RescueSession } from '../../core/rescue/describe-rescue.ts';
import { lastLine, readTrouble } from '../../core/ssh/ssh-outcome.ts';
import { networkPorts } from './network-ports.ts';

/** @param directory `/run/lifeboot` */
export function makeRescue(directory: string): Rescue {
  const place = (name: string): string => join(directory, name);
  const write = (name: string, text: string): void => {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    writeFileSync(place(`.${name}.new`), text, { mode: 0o644 });
    renameSync(place(`.${name}.new`), place(name));
  };
  return {
    order: ({ reason, seconds, isSaved }) => {
      const lines = [
        `reason\t${oneLine(reason)}`,
        `seconds\t${Math.round(seconds)}`,
        ...(isSaved ? [] : ['unsaved\tyes']),
      ];
      write('rescue', `${lines.join('\n')}\n`);
    },
    end: (reason) => write('rescue.end', `${oneLine(reason)}\n`),
    networkPorts: () => networkPorts(),
    session: () => readSession(place),
  };
}

/** `rescue.now` is written by the shell while rescue runs; `rescue` alone is an order that was not followed. */
function readSession(place: (name: string) => string): RescueSession | null {
  const now = readLines(place('rescue.now'));
  if (now === null) return null;
  const order = readLines(place('rescue')) ?? {};
  const ends = Number(now['ends'] ?? '');
  const log = readText(place('tunnel.log')) ?? '';
  return {
    reason: order['reason'] ?? 'nobody said why',
    endsAtSeconds: Number.isFinite(ends) && ends > 0 ? ends : null,
    port: now['port'] ?? null,
    host: now['host'] ?? null,
    tunnelUp: existsSync(place('tunnel.ctl')),
    said: readTrouble(log)?.why ?? lastLine(log),
  };
}

function readLines(path: string): Readonly<Record<string, string>> | null {
  const text = readText(path);
  if (text === null) return null;
  const pairs = text.split('\n').map((line): [string, string] => {
    const at = line.indexOf('\t');
    return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
  });
  return Object.fromEntries(pairs.filter(([key]) => key !== ''));
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not in rescue, or not there yet.
    return null;
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
