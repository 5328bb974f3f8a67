/**
 * Makes the root of a test node: a real Debian with systemd, sshd and DHCP, and lifeboot laid on it by `make install`.
 *
 * Effects only: mmdebstrap, tar, depmod's results, make. Invariant: nothing in it knows that it is tested: it has the
 * files that an operator would put on a node (keys, pinned hosts, lifeboot.toml), and unneeded services masked.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { farEndKnownHosts } from './far-end.ts';
import { ensureKernel } from './kernel.ts';
import { keyPair } from './keys.ts';
import { cached, keyOf, repoDir } from './places.ts';
import { FAR_END_ADDRESS } from './qemu.ts';
import { runTool } from './run-tool.ts';

export const FAR_END_NAME = 'bastion.example.org';

const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'udev', 'kmod', 'iproute2', 'openssh-server', 'openssh-client'],
  ...['initramfs-tools', 'zstd', 'busybox', 'erofs-utils', 'attr'],
];
/** Directories of /usr/share that no node reads. */
const NOT_NEEDED = ['man', 'doc', 'info', 'locale', 'lintian'];
/** What a box on a pole never uses; each costs a second or more under emulation. */
const MASKED = [
  ...[
    'apt-daily.timer',
    'apt-daily-upgrade.timer',
    'dpkg-db-backup.timer',
    'e2scrub_all.timer',
    'e2scrub_reap.service',
  ],
  ...[
    'fstrim.timer',
    'systemd-timesyncd.service',
    'getty@tty1.service',
    'serial-getty@ttyS0.service',
    'getty-static.service',
  ],
  ...['systemd-networkd-wait-online.service', 'systemd-logind.service', 'systemd-pstore.service'],
  ...['dev-hugepages.mount', 'dev-mqueue.mount', 'sys-kernel-debug.mount', 'sys-kernel-tracing.mount'],
  ...['sys-kernel-config.mount', 'sys-fs-fuse-connections.mount'],
  ...['modprobe@drm.service', 'modprobe@dm_mod.service', 'modprobe@loop.service'],
];

/** A Debian root as a tar archive, kept in the cache. About 40 s when it must be made. */
export function debianTar(): string {
  const excludes = NOT_NEEDED.map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  const args = ['--mode=root', '--variant=minbase', '--aptopt=APT::Install-Recommends "false"', ...excludes];
  args.push(`--include=${PACKAGES.join(',')}`, '--format=tar', 'bookworm');
  const sources = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].filter((path) =>
    existsSync(path),
  );
  return cached('debian-tar', keyOf(...args), (target) =>
    runTool('mmdebstrap', [...args, target, ...sources.slice(0, 1)]),
  );
}

export interface NodeOptions {
  /** `/etc/lifeboot/lifeboot.toml`. */
  readonly config: string;
  /** Lay lifeboot on it; false leaves a plain Debian to compare with. */
  readonly lifeboot: boolean;
}

/** Unpacks a Debian root into `tree` and sets it up as a node. */
export function makeNodeTree(tree: string, { config, lifeboot }: NodeOptions): void {
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree, { recursive: true });
  runTool('tar', ['--numeric-owner', '-C', tree, '-xf', debianTar()]);
  layKernel(tree);
  laySystem(tree);
  layNames(tree);
  laySsh(tree);
  if (lifeboot) layLifeboot(tree, config);
}

/** Installs lifeboot as an operator would, with its configuration and keys. */
export function layLifeboot(tree: string, config: string): void {
  runTool('make', ['--no-print-directory', '-C', repoDir, 'install', `DESTDIR=${tree}`]);
  put(tree, 'etc/lifeboot/lifeboot.toml', config);
  put(tree, 'etc/lifeboot/known_hosts', farEndKnownHosts(FAR_END_NAME));
  put(tree, 'etc/lifeboot/tunnel_key', keyPair('node-tunnel').privateText, 0o600);
}

/** Writes a file of the tree, with its directories. */
export function put(tree: string, path: string, text: string, mode = 0o644): void {
  const target = join(tree, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
  chmodSync(target, mode);
}

function layKernel(tree: string): void {
  const kernel = ensureKernel();
  mkdirSync(join(tree, 'usr/lib/modules'), { recursive: true });
  runTool('cp', ['-a', kernel.modulesDir, join(tree, 'usr/lib/modules/')]);
  copyFileSync(kernel.vmlinuz, join(tree, 'boot', `vmlinuz-${kernel.version}`));
  copyFileSync(
    join(kernel.rootDir, 'boot', `config-${kernel.version}`),
    join(tree, 'boot', `config-${kernel.version}`),
  );
}

/** What the node is called, and where it finds the far end. */
export function layNames(tree: string): void {
  put(tree, 'etc/hostname', 'W023\n');
  put(tree, 'etc/hosts', `127.0.0.1 localhost\n::1 localhost\n127.0.1.1 W023\n${FAR_END_ADDRESS} ${FAR_END_NAME}\n`);
  put(tree, 'etc/machine-id', `${keyOf(keyPair('node-host').publicText)}${keyOf('machine-id')}\n`);
}

function laySystem(tree: string): void {
  put(tree, 'etc/fstab', '# The root is assembled by the initramfs.\n');
  put(tree, 'etc/systemd/network/20-wired.network', wiredNetwork());
  // A field node's journal must not eat its flash; here it also keeps the boot short.
  put(tree, 'etc/systemd/journald.conf.d/volatile.conf', '[Journal]\nStorage=volatile\n');
  runTool('chroot', [tree, 'systemctl', '--quiet', 'enable', 'systemd-networkd.service', 'ssh.service']);
  for (const unit of MASKED) {
    const path = join(tree, 'etc/systemd/system', unit);
    rmSync(path, { force: true });
    symlinkSync('/dev/null', path);
  }
}

/** The network file of a healthy node; the demo breaks it by hand. */
export function wiredNetwork(): string {
  return '[Match]\nName=e*\n\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n';
}

/** The node's own host key, and who may log in. */
export function laySsh(tree: string): void {
  for (const kind of ['rsa', 'ecdsa', 'ed25519']) {
    for (const end of ['', '.pub']) rmSync(join(tree, `etc/ssh/ssh_host_${kind}_key${end}`), { force: true });
  }
  put(tree, 'etc/ssh/ssh_host_ed25519_key', keyPair('node-host').privateText, 0o600);
  put(tree, 'etc/ssh/ssh_host_ed25519_key.pub', readFileSync(`${keyPair('node-host').path}.pub`, 'utf8'));
  put(
    tree,
    'etc/ssh/sshd_config.d/node.conf',
    'ListenAddress 127.0.0.1\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nUseDNS no\n',
  );
  mkdirSync(join(tree, 'root/.ssh'), { recursive: true, mode: 0o700 });
  put(tree, 'root/.ssh/authorized_keys', `${keyPair('operator').publicText} operator\n`, 0o600);
}
