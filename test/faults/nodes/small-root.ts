/**
 * A root that is in reach in seconds: busybox, OpenSSH with its libraries, lifeboot, and an init of forty lines.
 *
 * Effects only: fills a directory. Invariant: the tunnel, sshd and lifeboot in it are the real ones; only what starts
 * them is simpler than systemd.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { layLifeboot, layNames, laySsh, put } from '../../vm/support/debian-root.ts';
import { ensureKernel } from '../../vm/support/kernel.ts';
import type { RootKind } from '../../vm/support/node-image.ts';
import { keyOf, textsOf } from '../../vm/support/places.ts';
import { runTool } from '../../vm/support/run-tool.ts';

const INIT = join(import.meta.dirname, 'small-init');
const PROGRAMS = ['/usr/sbin/sshd', '/usr/bin/ssh', '/usr/bin/ssh-keygen', '/usr/bin/flock'];
/** A second init would be found where the first one is gone. */
const NOT_WANTED = ['init', 'linuxrc'];
const MODULES = ['virtio_net', 'virtio_rng'];

export const smallRoot: RootKind = { sizeMiB: 224, key: keyOf(textsOf(INIT, import.meta.filename)), makeTree };

function makeTree(tree: string, config: string): void {
  for (const dir of [
    'usr/bin',
    'usr/sbin',
    'usr/lib64',
    'usr/lib',
    'proc',
    'sys',
    'dev',
    'run',
    'tmp',
    'var/empty',
    'mnt',
  ])
    mkdirSync(join(tree, dir), { recursive: true });
  for (const dir of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${dir}`, join(tree, dir));
  copyFileSync('/bin/busybox', join(tree, 'usr/bin/busybox'));
  copyFileSync(INIT, join(tree, 'usr/sbin/init'));
  chmodSync(join(tree, 'usr/sbin/init'), 0o755);
  for (const program of PROGRAMS) copyProgram(tree, program);
  layApplets(tree);
  layModules(tree);
  layAccounts(tree);
  layNames(tree);
  laySsh(tree);
  put(tree, 'etc/ssh/sshd_config', 'Include /etc/ssh/sshd_config.d/*.conf\nUsePAM no\n');
  layLifeboot(tree, config);
}

/** Every name that busybox answers to, where no real program has it. */
function layApplets(tree: string): void {
  const applets = runTool('/bin/busybox', ['--list']).stdout.trim().split('\n');
  for (const applet of applets.filter((name) => !NOT_WANTED.includes(name))) {
    const target = join(tree, 'usr/bin', applet);
    if (!existsSync(target) && !existsSync(join(tree, 'usr/sbin', applet))) symlinkSync('busybox', target);
  }
}

/** A program of this host with the libraries that it names, at the same places. */
function copyProgram(tree: string, program: string): void {
  const libraries = runTool('ldd', [program]).stdout.match(/\/\S+/g) ?? [];
  for (const file of [program, ...libraries]) {
    const target = join(tree, file);
    mkdirSync(dirname(target), { recursive: true });
    runTool('cp', ['--dereference', file, target]);
  }
}

/** What no initramfs loads for the disk's sake, in the order in which it can be loaded. */
function layModules(tree: string): void {
  const { rootDir, version } = ensureKernel();
  const order = ['-d', rootDir, '-S', version, '--show-depends'];
  const shown = MODULES.flatMap((name) => runTool('modprobe', [...order, name]).stdout.split('\n'));
  const files = new Set(shown.flatMap((line) => /^insmod (\S+)/.exec(line)?.[1] ?? []));
  mkdirSync(join(tree, 'lib/modules/small'), { recursive: true });
  [...files].forEach((file, index) => {
    copyFileSync(file, join(tree, 'lib/modules/small', `${String(index).padStart(2, '0')}-${basename(file)}`));
  });
}

function layAccounts(tree: string): void {
  put(tree, 'etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n');
  put(tree, 'etc/shadow', 'root:*:19000:0:99999:7:::\nsshd:*:19000:0:99999:7:::\n', 0o600);
  put(tree, 'etc/group', 'root:x:0:\nnogroup:x:65534:\n');
  put(tree, 'etc/nsswitch.conf', 'passwd: files\nshadow: files\ngroup: files\nhosts: files\n');
  put(tree, 'usr/lib/os-release', `PRETTY_NAME="small node"\nID=small\n`);
  put(tree, 'etc/fstab', '');
}
