/**
 * A node on a loop device: GPT disk with boot state, two roots, recovery and data, on which `lifeboot boot` really runs.
 *
 * Runs in the test's private mount namespace, with a /run of its own and without reach to this machine's kernel settings.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BootInfo } from '../../../src/app/ports.ts';
import type { BootState } from '../../../src/core/state/state.ts';
import { openStatePath } from '../../../src/platform/state/open-state.ts';
import { withTempDir } from '../../support/temp-dir.ts';

export interface BootRun {
  readonly status: number | null;
  readonly said: string;
  /** From the program's start to its end. */
  readonly durationMs: number;
  readonly info: BootInfo;
  /** The root that was assembled, as `SOURCE FSTYPE OPTIONS` of findmnt; '' without one. */
  readonly root: string;
}

export interface LoopNode {
  readonly config: string;
  /** Device of a partition: state, a, b, r, data. */
  device(name: Partition): string;
  /** Runs `lifeboot boot` (the sources, or `program`) to its end, looks at the root with `look`, and takes the root down as a power cut would. */
  boot(look?: (root: string) => void, killAfterMs?: number, program?: readonly string[]): BootRun;
  lifeboot(...args: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string };
  state(): BootState;
  saveState(state: BootState): void;
  /** Mounts a partition's file system writable while `change` works on it. */
  change(name: Partition, change: (directory: string) => void): void;
  /** Makes the file system of a slot anew, as writing another image would. */
  rewrite(name: Partition, version: string): void;
}

const PARTITIONS = ['state', 'a', 'b', 'r', 'data'] as const;
export type Partition = (typeof PARTITIONS)[number];

const CONFIG = `
[state]
device = "PARTLABEL=lifeboot-state"
[devices]
wait = "0s"
[slots.a]
root = "PARTLABEL=root-a"
[slots.b]
root = "PARTLABEL=root-b"
[slots.r]
root = "PARTLABEL=root-r"
role = "recovery"
[upper]
device = "PARTLABEL=system-data"
[[persist]]
path = "/var"
`;

/** The packed binary, which starts in a fifth of the time. */
const BINARY = resolve(import.meta.dirname, '../../../dist/lifeboot');
const MAIN = resolve(import.meta.dirname, '../../../src/main.ts');

export function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** Makes a node, gives it to `body`, and removes everything of it. `change` edits the configuration's text. */
export function withLoopNode(body: (node: LoopNode) => void, change: (text: string) => string = (text) => text): void {
  withTempDir((dir) => {
    const disk = join(dir, 'disk');
    writeFileSync(disk, '');
    truncateSync(disk, 320 << 20);
    // Names that no other node on this machine has.
    const mark = `t${process.pid}`;
    const table = ['label: gpt', `size=1MiB, name=${mark}-state`];
    for (const name of ['root-a', 'root-b', 'root-r']) table.push(`size=32MiB, name=${mark}-${name}`);
    table.push(`size=192MiB, name=${mark}-data`);
    execFileSync('sfdisk', ['-q', disk], { input: `${table.join('\n')}\n` });
    const loop = run('losetup', '--partscan', '--find', '--show', disk);
    isolate(dir);
    try {
      waitForPartitions(loop);
      body(
        makeNode(
          dir,
          loop,
          change(CONFIG)
            .replaceAll('=lifeboot-state', `=${mark}-state`)
            .replaceAll('=root-', `=${mark}-root-`)
            .replace('system-data', `${mark}-data`),
        ),
      );
    } finally {
      takeDown(dir);
      for (const place of ['/proc/sys/kernel/panic', '/proc/sys/kernel/panic_on_oops', '/run']) run('umount', place);
      run('losetup', '-d', loop);
    }
  });
}

/** The kernel makes the nodes a moment after losetup has returned. */
function waitForPartitions(loop: string): void {
  for (let count = 0; count < 50 && !existsSync(`${loop}p5`); count += 1) {
    spawnSync('partx', ['-u', loop]);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}

function isolate(dir: string): void {
  run('mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run');
  for (const name of ['panic', 'panic_on_oops']) {
    writeFileSync(join(dir, name), '0\n');
    run('mount', '--bind', join(dir, name), `/proc/sys/kernel/${name}`);
  }
}

function makeNode(dir: string, loop: string, configText: string): LoopNode {
  const config = join(dir, 'lifeboot.toml');
  const root = join(dir, 'sysroot');
  writeFileSync(config, configText);
  mkdirSync(root);
  const device = (name: Partition) => `${loop}p${PARTITIONS.indexOf(name) + 1}`;
  const rewrite = (name: Partition, version: string) => {
    run(
      'mke2fs',
      '-q',
      '-F',
      '-t',
      'ext4',
      '-d',
      makeTree(join(dir, `tree-${name}-${version}`), version),
      device(name),
    );
  };
  for (const name of ['a', 'b', 'r'] as const) rewrite(name, '1');
  run('mke2fs', '-q', '-F', '-t', 'ext4', device('data'));
  const lifeboot = (...args: string[]) => {
    const result = spawnSync(BINARY, [...args, '--config', config], { encoding: 'utf8' });
    return { status: result.status, stdout: result.stdout, stderr: result.stderr };
  };
  return {
    config,
    device,
    rewrite,
    lifeboot,
    boot(look = () => undefined, killAfterMs, program = [process.execPath, MAIN]) {
      // Every boot of a node has another boot id; this machine's kernel has only one.
      writeFileSync(join(dir, 'boot_id'), `${crypto.randomUUID()}\n`);
      run('mount', '--bind', join(dir, 'boot_id'), '/proc/sys/kernel/random/boot_id');
      try {
        return bootOnce({ config, root, killAfterMs: killAfterMs ?? null, look, program });
      } finally {
        takeDown(dir);
        run('umount', '/proc/sys/kernel/random/boot_id');
      }
    },
    state() {
      const reading = openStatePath(device('state')).read();
      if (reading.kind !== 'valid') throw new Error(`the state is ${reading.kind}: ${reading.why}`);
      return reading.state;
    },
    saveState: (state) => openStatePath(device('state')).save(state),
    change(name, change) {
      const directory = join(dir, 'change');
      mkdirSync(directory, { recursive: true });
      run('mount', device(name), directory);
      try {
        change(directory);
      } finally {
        run('umount', directory);
      }
    },
  };
}

function bootOnce(options: {
  readonly config: string;
  readonly root: string;
  readonly killAfterMs: number | null;
  readonly look: (root: string) => void;
  readonly program: readonly string[];
}): BootRun {
  const { config, root, killAfterMs, look } = options;
  const [program = '', ...words] = options.program;
  const startedMs = performance.now();
  const result = spawnSync(program, [...words, 'boot', '--root', root, '--config', config], {
    encoding: 'utf8',
    ...(killAfterMs === null ? {} : { timeout: killAfterMs, killSignal: 'SIGKILL' as const }),
  });
  const durationMs = performance.now() - startedMs;
  const mounted = spawnSync('findmnt', ['-n', '-o', 'SOURCE,FSTYPE,OPTIONS', root], { encoding: 'utf8' }).stdout.trim();
  if (result.status === 0) look(root);
  const info = result.status === 0 ? JSON.parse(readFileSync('/run/lifeboot/boot.json', 'utf8')) : {};
  return { status: result.status, said: result.stderr, durationMs, info: info as BootInfo, root: mounted };
}

/** What a power cut leaves of the mounts: nothing. */
function takeDown(dir: string): void {
  for (const place of [join(dir, 'sysroot'), '/run/lifeboot', '/run/initramfs']) {
    const below = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .filter((path) => path === place || path.startsWith(`${place}/`));
    for (const path of below.reverse()) spawnSync('umount', ['-l', path]);
  }
  spawnSync('rm', ['-rf', '/run/lifeboot', '/run/systemd', '/run/initramfs']);
}

/** The smallest root that can be entered: busybox as init. */
export function makeTree(directory: string, version: string): string {
  for (const name of ['usr/bin', 'usr/lib', 'etc', 'var/lib', 'root', 'run', 'proc', 'sys', 'dev']) {
    mkdirSync(join(directory, name), { recursive: true });
  }
  run('cp', '/bin/busybox', join(directory, 'usr/bin/busybox'));
  chmodSync(join(directory, 'usr/bin/busybox'), 0o755);
  symlinkSync('busybox', join(directory, 'usr/bin/init'));
  symlinkSync('usr/bin', join(directory, 'sbin'));
  writeFileSync(join(directory, 'usr/lib/os-release'), `ID=test\nVERSION_ID=${version}\n`);
  writeFileSync(join(directory, 'var/lib/seed'), 'from the image\n');
  return directory;
}
