/**
 * The programs that lifeboot starts, by what they do to files and mounts.
 *
 * Only these, and only with the options that lifeboot gives them; any other program fails the test that started it. One
 * process runs at a time in this world, so `flock` always gets its lock.
 */
import type { VolumeName } from './image.ts';
import { DEVICES, type Machine } from './machine.ts';
import type { simulatedCalls } from './name-calls.ts';
import { mountOf, need } from './paths.ts';

type Calls = ReturnType<typeof simulatedCalls>;

/** @returns why it failed, or null; throws like `node:fs` */
type Program = (args: readonly string[], machine: Machine, calls: Calls) => string | null;

export const PROGRAMS: Readonly<Record<string, Program>> = {
  flock: () => null,
  sync(args, machine) {
    const path = args.find((arg) => !arg.startsWith('-'));
    const volume = path === undefined ? null : (mountOf(machine, path)?.volume ?? null);
    machine.events.push({ kind: 'syncVolume', volume });
    return null;
  },
  rm(args, _machine, calls) {
    for (const path of operands(args)) calls.rmSync(path, { recursive: true, force: true });
    return null;
  },
  cp(args, machine, calls) {
    const [from = '', to = ''] = operands(args);
    copyTree(from, to, machine, calls);
    return null;
  },
  mount(args, machine, calls) {
    const options = (optionOf(args, '-o') ?? '').split(',').filter((option) => option !== '');
    const [source = '', target = source] = operands(args);
    if (options.includes('remount')) {
      const mount = mountOf(machine, source);
      if (mount === undefined) return 'not mounted';
      mount.options = [options.includes('ro') ? 'ro' : 'rw'];
      return null;
    }
    if (args.includes('--bind')) {
      const { inode, volume } = need(machine, source, true, 'mount');
      machine.mounts.push({ point: target, inode, volume, type: 'ext4', source, options: ['rw'] });
      return null;
    }
    calls.statSync(target);
    const type = optionOf(args, '-t') ?? 'ext4';
    const volume = volumeOn(machine, calls, source);
    if (volume === null) return `no such device '${source}'`;
    const memory = () => machine.make('run', { kind: 'dir', entries: new Map() }, 0o755);
    const inode = volume === 'run' ? memory() : (machine.roots.get(volume) ?? 0);
    machine.mounts.push({
      point: target,
      inode,
      volume,
      type,
      source,
      options: [options.includes('ro') ? 'ro' : 'rw'],
    });
    return null;
  },
  umount(args, machine) {
    for (const point of operands(args)) {
      const at = machine.mounts.findLastIndex((mount) => mount.point === point);
      const [mount] = at < 0 ? [] : machine.mounts.splice(at, 1);
      if (mount === undefined) return `${point}: not mounted`;
      const isLast = machine.mounts.every(({ volume }) => volume !== mount.volume);
      if (isLast) machine.events.push({ kind: 'syncVolume', volume: mount.volume });
    }
    return null;
  },
};

const WITH_VALUE = new Set(['-o', '-t', '-w', '--options-mode']);

function operands(args: readonly string[]): readonly string[] {
  return args.filter((arg, index) => !arg.startsWith('-') && !WITH_VALUE.has(args[index - 1] ?? ''));
}

function optionOf(args: readonly string[], option: string): string | undefined {
  const at = args.indexOf(option);
  return at < 0 ? undefined : args[at + 1];
}

/** A memory file system is a directory of the world's own; a block device holds the volume of its number. */
function volumeOn(machine: Machine, calls: Calls, source: string): VolumeName | null {
  if (!source.startsWith('/')) return 'run';
  const { rdev } = calls.statSync(source) ?? { rdev: 0 };
  const [name] = Object.entries(DEVICES).find(([, number]) => number === rdev) ?? [];
  const volume = name as VolumeName | undefined;
  return volume !== undefined && machine.roots.has(volume) ? volume : null;
}

/** Files, directories and links with their rights, nothing flushed. */
function copyTree(from: string, to: string, machine: Machine, calls: Calls): void {
  const { inode: number } = need(machine, from, false, 'open');
  const inode = machine.inode(number);
  const rights = { mode: inode.mode, uid: inode.uid, gid: inode.gid };
  if (inode.kind === 'link') calls.symlinkSync(inode.target, to);
  else if (inode.kind === 'dir') {
    calls.mkdirSync(to, 0o700);
    for (const name of inode.entries.keys()) copyTree(`${from}/${name}`, `${to}/${name}`, machine, calls);
    calls.chmodSync(to, rights.mode);
    calls.chownSync(to, rights.uid, rights.gid);
  } else {
    calls.writeFileSync(to, calls.readFileSync(from), { mode: 0o600, flag: 'wx' });
    calls.chownSync(to, rights.uid, rights.gid);
    calls.chmodSync(to, rights.mode);
  }
}

/** `/proc/self/mountinfo` of this world. */
export function mountinfo(machine: Machine): string {
  const lines = machine.mounts.map(({ point, inode, volume, type, source, options }, index) => {
    const number = DEVICES[volume];
    const root = inode === machine.roots.get(volume) ? '/' : '/part';
    const shown = options.join(',');
    return `${index + 1} 0 ${number >> 8}:${number & 255} ${root} ${point} ${shown} - ${type} ${source} ${shown}`;
  });
  return `${lines.join('\n')}\n`;
}
