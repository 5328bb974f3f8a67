/**
 * Puts the simulated world beneath `node:fs` and `node:child_process`: the production adapters run unchanged above it.
 *
 * Every synchronous call of `node:fs` is looked at. A path below WORLD, or a descriptor that was opened there, belongs to
 * the machine at hand; a call on it that the simulation does not know is noted and fails, and so is a write to any other
 * path while a machine is at hand: nothing of a test may reach the real disk.
 */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { bytesOf } from './image.ts';
import { DEVICES, type Machine, WORLD } from './machine.ts';
import { simulatedCalls } from './name-calls.ts';
import { mountinfo, PROGRAMS } from './programs.ts';

type Call = (...args: unknown[]) => unknown;

let machine: Machine | null = null;
let calls: Record<string, Call> = {};

/** Runs `work` on this machine. */
export function on<T>(at: Machine, work: () => T): T {
  const result = withMachine(at, work);
  if (at.unknown.length > 0) throw new Error(`the simulation does not know: ${[...new Set(at.unknown)].join('; ')}`);
  return result;
}

function withMachine<T>(at: Machine, work: () => T): T {
  const before = { machine, calls };
  machine = at;
  calls = simulatedCalls(at) as unknown as Record<string, Call>;
  try {
    return work();
  } finally {
    machine = before.machine;
    calls = before.calls;
  }
}

const isOurs = (value: unknown): boolean =>
  typeof value === 'number'
    ? value >= 1_000_000
    : typeof value === 'string' && (value === WORLD || value.startsWith(`${WORLD}/`));

const WRITES = /^(write|append|mkdir|rename|rm|rmdir|unlink|symlink|link|chmod|chown|truncate|copyFile|cp|utimes)/;

function dispatch(name: string, real: Call, args: unknown[]): unknown {
  if (machine === null) return real(...args);
  const [first, second] = args;
  if (isOurs(first) || (name === 'symlinkSync' && isOurs(second))) {
    const call = calls[name];
    if (call !== undefined) return call(...args);
    machine.unknown.push(`${name}(${String(first)})`);
    throw new Error(`the simulation has no ${name}`);
  }
  if (name === 'readFileSync' || name === 'statSync' || name === 'existsSync') {
    const text = kernelFile(String(first), machine);
    if (text !== null && name === 'readFileSync') return second === undefined ? Buffer.from(text) : text;
  }
  if (WRITES.test(name) && typeof first === 'string') {
    machine.unknown.push(`${name}(${first}) outside of the simulated world`);
    throw new Error(`${name} outside of the simulated world: ${first}`);
  }
  return real(...args);
}

/** What the kernel tells of this world. */
function kernelFile(path: string, at: Machine): string | null {
  if (path === '/proc/self/mountinfo') return mountinfo(at);
  const number = /^\/sys\/dev\/block\/(\d+):(\d+)\/size$/.exec(path);
  if (number === null) return null;
  const rdev = (Number(number[1]) << 8) | Number(number[2]);
  const volume = [...at.roots.keys()].find((name) => DEVICES[name] === rdev);
  const inode = volume === undefined ? undefined : at.inode(at.roots.get(volume) ?? 0);
  return inode?.kind === 'block' ? `${Math.floor(inode.size / 512)}\n` : null;
}

function spawned(real: Call, args: unknown[]): unknown {
  if (machine === null) return real(...args);
  const [program, words] = args as [string, readonly string[]];
  const known = PROGRAMS[program];
  if (known === undefined) {
    machine.unknown.push(`program ${program} ${words.join(' ')}`);
    return finished('not simulated');
  }
  try {
    return finished(known(words, machine, calls as unknown as ReturnType<typeof simulatedCalls>));
  } catch (error) {
    return finished(String(error));
  }
}

function finished(trouble: string | null) {
  return { status: trouble === null ? 0 : 1, signal: null, stdout: '', stderr: trouble ?? '', pid: 1, output: [] };
}

for (const [name, value] of Object.entries(fs)) {
  if (!name.endsWith('Sync') || typeof value !== 'function') continue;
  const real = value as unknown as Call;
  const patched = Object.assign((...args: unknown[]) => dispatch(name, real, args), real);
  Object.assign(fs, { [name]: patched });
}
const realSpawn = childProcess.spawnSync as unknown as Call;
Object.assign(childProcess, { spawnSync: (...args: unknown[]) => spawned(realSpawn, args) });
syncBuiltinESMExports();

/** The bytes of a raw volume in an image. */
export function rawBytes(at: Machine, volume: 'state'): Buffer {
  const inode = at.inode(at.roots.get(volume) ?? 0);
  if (inode.kind !== 'block') throw new Error(`'${volume}' is no raw volume`);
  return bytesOf(inode.sectors, inode.size);
}
