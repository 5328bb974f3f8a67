/**
 * Runs a command in a staged root as a package manager needs it, and ends whatever it has left running.
 *
 * Invariant: all mounts are made before the command starts and lie below the staged root, in a mount namespace that
 * nobody else sees. The command has a process namespace of its own and dies with this process, so a daemon that a package
 * starts, or a command whose `lifeboot run` was killed, cannot go on writing into what is being sealed or deleted.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { BootError } from '../../core/errors.ts';
import { bindMount, mount } from '../root/mounting.ts';
import { resolveInRoot } from '../root/resolve-in-root.ts';
import { pause, runTool } from '../root/tools.ts';

/** Shared with the running system: they can be fetched again, and would only make layers large. */
const CACHES = ['/var/cache/apt/archives', '/var/lib/apt/lists', '/var/cache/dnf', '/var/cache/zypp'];

/** What the running system offers in every root. */
const RESOLVER = '/etc/resolv.conf';
const POLICY = '/usr/sbin/policy-rc.d';

const PASSED_ON = [
  'TERM',
  'http_proxy',
  'https_proxy',
  'ftp_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
];

/** What no package needs, and what would reach past the staged root: devices, the kernel, the clock. */
const DROPPED = [
  'mknod',
  'sys_rawio',
  'sys_module',
  'sys_boot',
  'sys_time',
  'sys_ptrace',
  'wake_alarm',
  'block_suspend',
];
const WITHOUT = ['setpriv', '--bounding-set', DROPPED.map((name) => `-${name}`).join(','), '--'];

/** The copier of the output has nothing to do after the last byte but to end. */
const TEE_LIMIT_MS = 5000;
const POLL_MS = 20;

/**
 * Makes what lies below every layer of a staged root: seen where the system has nothing of that name, and never part of
 * a layer. invoke-rc.d asks `policy-rc.d` before it starts a service; 101 means no.
 */
export function makeUnderlay(dir: string): void {
  mkdirSync(join(dir, dirname(POLICY)), { recursive: true });
  mkdirSync(join(dir, dirname(RESOLVER)), { recursive: true });
  writeFileSync(join(dir, POLICY), '#!/bin/sh\nexit 101\n');
  chmodSync(join(dir, POLICY), 0o755);
  writeFileSync(join(dir, RESOLVER), resolver());
}

/** Mounts what a command needs below `root`. @param dir for files of its own, outside the root */
export function furnish(root: string, dir: string): void {
  // A `/run` without systemd's directory tells package scripts that nothing runs here.
  for (const [path, mode] of [
    ['/run', '0755'],
    ['/tmp', '1777'],
  ] as const) {
    mount({ type: 'tmpfs', source: 'lifeboot', target: below(root, path), options: `mode=${mode}` });
  }
  mount({ type: 'sysfs', source: 'sysfs', target: below(root, '/sys'), options: 'ro' });
  makeDevices(below(root, '/dev'));
  below(root, '/proc');
  for (const path of CACHES) {
    const target = resolveInRoot(root, path);
    if (existsSync(path) && existsSync(target)) bindMount(path, target);
  }
  bringResolver(root, dir);
}

/** What programs expect, and no disk: a bootloader's package must not find the one that the node boots from. */
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

function makeDevices(dir: string): void {
  mount({ type: 'tmpfs', source: 'lifeboot', target: dir, options: 'mode=0755,nosuid' });
  for (const name of DEVICES) {
    writeFileSync(join(dir, name), '');
    bindMount(join('/dev', name), join(dir, name));
  }
  for (const name of ['pts', 'shm']) mkdirSync(join(dir, name));
  mount({
    type: 'devpts',
    source: 'lifeboot',
    target: join(dir, 'pts'),
    options: 'newinstance,ptmxmode=0666,mode=0620',
  });
  mount({ type: 'tmpfs', source: 'lifeboot', target: join(dir, 'shm'), options: 'mode=1777' });
  for (const [name, to] of [
    ['ptmx', 'pts/ptmx'],
    ['fd', '/proc/self/fd'],
    ['stdin', '/proc/self/fd/0'],
    ['stdout', '/proc/self/fd/1'],
    ['stderr', '/proc/self/fd/2'],
  ] as const) {
    symlinkSync(to, join(dir, name));
  }
}

/** A directory of the root, made where it is missing. */
function below(root: string, path: string): string {
  const place = resolveInRoot(root, path);
  mkdirSync(place, { recursive: true });
  return place;
}

function bringResolver(root: string, dir: string): void {
  const target = resolveInRoot(root, RESOLVER);
  // A link to what a daemon would write into `/run`.
  if (target.startsWith(`${root}/run/`)) {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, resolver());
  } else if (statSync(target, { throwIfNoEntry: false })?.isFile() === true) {
    const copy = join(dir, 'resolv.conf');
    writeFileSync(copy, resolver());
    bindMount(copy, target);
  }
}

function resolver(): string {
  return existsSync(RESOLVER) ? readFileSync(RESOLVER, 'utf8') : '';
}

export interface Execution {
  readonly root: string;
  /** For files of its own, outside the root. */
  readonly dir: string;
  /** null: a shell. */
  readonly command: readonly string[] | null;
  /** Where all that it says is kept; null for a shell. */
  readonly log: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
}

/**
 * @returns the exit status, 128 and the signal's number when a signal ended it
 * @throws BootError UNAVAILABLE when a tool is missing, IO when it cannot be started
 */
export function execute(execution: Execution): number {
  const { root, dir, command, log } = execution;
  const shell = existsSync(resolveInRoot(root, '/bin/bash')) ? '/bin/bash' : '/bin/sh';
  const inside = [...WITHOUT, 'chroot', root, ...(command ?? [shell])];
  const apart = [
    'unshare',
    '--pid',
    '--uts',
    '--ipc',
    '--fork',
    '--kill-child=SIGKILL',
    `--mount-proc=${resolveInRoot(root, '/proc')}`,
    '--',
    ...inside,
  ];
  const argv = ['--pdeathsig', 'SIGKILL', '--', ...apart];
  const options = { env: environment(execution), cwd: '/' };
  const result =
    log === null
      ? spawnSync('setpriv', argv, { ...options, stdio: 'inherit' })
      : withTee(log, dir, (output) => spawnSync('setpriv', argv, { ...options, stdio: ['inherit', output, output] }));
  if (result.error !== undefined) {
    throw new BootError('UNAVAILABLE', "cannot start 'setpriv'", { cause: result.error, hint: 'install util-linux' });
  }
  return result.status ?? 128 + (result.signal === null ? 0 : constants.signals[result.signal]);
}

/** Where there is nobody to ask, a package must not wait for an answer. */
function environment({ env, isTerminal }: Execution): NodeJS.ProcessEnv {
  const passed = PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return {
    ...Object.fromEntries(passed),
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LANG: 'C.UTF-8',
    SYSTEMD_OFFLINE: '1',
    ...(isTerminal ? {} : { DEBIAN_FRONTEND: 'noninteractive' }),
  };
}

/** Shows and keeps what a program says: everything here is synchronous, so a `tee` copies it. */
function withTee<T>(log: string, dir: string, work: (output: number) => T): T {
  const pipe = join(dir, 'output');
  runTool(['mkfifo', '-m', '0600', '--', pipe]);
  // Open at both ends, so that neither end waits for the other.
  const output = openSync(pipe, 'r+');
  const input = openSync(pipe, 'r');
  const tee = spawn('tee', ['--append', '--', log], { stdio: [input, 'inherit', 'inherit'] });
  closeSync(input);
  try {
    return work(output);
  } finally {
    closeSync(output);
    rmSync(pipe);
    waitForEnd(tee.pid ?? 0);
  }
}

/** Nobody reaps it before this process ends, so that it is over shows in its state. */
function waitForEnd(pid: number): void {
  const endMs = performance.now() + TEE_LIMIT_MS;
  while (isRunning(pid) && performance.now() < endMs) pause(POLL_MS);
}

function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    // It is gone.
    return false;
  }
}
