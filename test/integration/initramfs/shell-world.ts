/**
 * A machine for the boot path's shell files: their own /run, /etc and /usr in a private mount namespace, loop devices
 * as disks, and a reboot that is only said. What a script mounts or writes there is gone when it ends.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makeErofs, makeExt4, makeSquashfs } from '../../vm/support/disk.ts';
import { runTool } from '../../vm/support/run-tool.ts';

const BOOT_DIR = resolve(import.meta.dirname, '../../../initramfs/boot');

/** The shells that an initramfs may have; klibc's is dash with less around it. */
export const shells: readonly (readonly string[])[] = [['busybox', 'sh'], ['dash'], ['/usr/lib/klibc/bin/sh']].filter(
  ([program = '']) => !program.startsWith('/') || existsSync(program),
);

const PREPARE = `
mount -t tmpfs world /mnt
for d in etc usr; do
  mkdir -p /mnt/$d.upper /mnt/$d.work
  mount -t overlay -o lowerdir=/$d,upperdir=/mnt/$d.upper,workdir=/mnt/$d.work overlay /$d
done
mount -t tmpfs run /run
mkdir -p /run/lifeboot /etc/lifeboot /mnt/sysroot
boot_id() { echo "$1-0000-4000-8000-000000000000" >/run/boot_id; }
boot_id 00000000
mount --bind /run/boot_id /proc/sys/kernel/random/boot_id
LB_SHARE='${BOOT_DIR}'
. "$LB_SHARE/stage.sh"
reboot_now() { say "REBOOT: $1"; exit 75; }
LIFEBOOT_DEVICE_WAIT=1 LIFEBOOT_LAST_PAUSE=0
`;

export interface WorldResult {
  readonly status: number | null;
  /** What the script printed. */
  readonly out: string;
  /** What was said on the console. */
  readonly console: string;
}

/** Runs `script` in such a world, without any network port, with the boot path's functions loaded, as the script of `shell`. */
export function inWorld(script: string, shell: readonly string[] = ['busybox', 'sh']): WorldResult {
  const args = ['--mount', '--net', '--propagation', 'private', ...shell, '-c', `${PREPARE}\n${script}`];
  const result = spawnSync('unshare', args, { encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' });
  console.log(`--- ${shell.join(' ')}: exit ${result.status}\n${result.stdout}${result.stderr}`);
  return { status: result.status, out: result.stdout, console: result.stderr };
}

/** A script at /usr/bin/lifeboot. */
export function stub(body: string): string {
  return `cat >/usr/bin/lifeboot <<'END'\n#!/bin/sh\n${body}\nEND\nchmod +x /usr/bin/lifeboot\n`;
}

export type FileSystem = 'ext4' | 'squashfs' | 'erofs';

/** A root with an init behind an absolute link, as an image file; returns its path. */
export function makeRoot(dir: string, name: string, type: FileSystem, init = '#!/bin/sh\n'): string {
  const tree = join(dir, `${name}.tree`);
  const put = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
    chmodSync(join(tree, path), mode);
  };
  if (init !== '') put('usr/lib/really/init', init, 0o755);
  put('usr/bin/systemctl', '#!/bin/sh\n', 0o755);
  put('etc/name', `${name}\n`);
  put('etc/fstab', '# the disk\nLABEL=x / ext4 rw 0 1\nLABEL=gone /srv ext4 defaults 0 2\n');
  mkdirSync(join(tree, 'sbin'));
  symlinkSync('/usr/lib/really/init', join(tree, 'sbin/init'));
  const image = join(dir, `${name}.img`);
  if (type === 'ext4') makeExt4({ target: image, sizeMiB: 24, label: name, tree });
  else if (type === 'squashfs') makeSquashfs(image, tree);
  else makeErofs(image, tree);
  return image;
}

/** Attaches images to loop devices while `use` runs. */
export function withLoops<T>(images: readonly string[], use: (devices: readonly string[]) => T): T {
  const devices: string[] = [];
  try {
    for (const image of images) devices.push(runTool('losetup', ['--find', '--show', image]).stdout.trim());
    return use(devices);
  } finally {
    for (const device of devices) {
      // The fallback protects what it boots, and a loop device keeps that for whoever gets it next.
      runTool('blockdev', ['--setrw', device]);
      runTool('losetup', ['--detach', device]);
    }
  }
}
