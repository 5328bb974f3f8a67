/** What `[rescue]` adds to a standalone image, what it costs, and when no image is made because rescue could not work. Root. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';
import { ensureKernel } from '../../vm/support/kernel.ts';
import { repoDir } from '../../vm/support/places.ts';
import { runTool } from '../../vm/support/run-tool.ts';

const BASE = `[slots.a]
root = "PARTLABEL=root-a"
[tunnel]
host = ["bastion.example.org", "192.0.2.7"]
user = "n"
forward = "0:localhost:2222"
`;
const RESCUE = `${BASE}[rescue]
time = "1h 30min"
modules = ["vmxnet3"]
address = ["192.0.2.10/24", "2001:db8::10/64"]
gateway = ["192.0.2.1"]
dns = ["192.0.2.53"]
`;
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEJw0yzSwnK4WqQk1XBqvJUzUvq0kGTZ3l5h1S4bkRYt operator\n';
interface Built {
  readonly status: number | null;
  readonly said: string;
  readonly image: string;
}

/** The identity of a node, with who may log in. */
function makeNode(dir: string): string {
  const put = (path: string, text: string, mode: number): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text, { mode });
    chmodSync(join(dir, path), mode);
  };
  put('root/etc/lifeboot/tunnel_key', 'key\n', 0o600);
  put('root/root/.ssh/authorized_keys', KEY, 0o600);
  // The lifeboot of this clone, without the seconds that packing a binary takes.
  put('lifeboot', `#!/bin/sh\nexec '${process.execPath}' '${join(repoDir, 'src/main.ts')}' "$@"\n`, 0o755);
  return join(dir, 'root');
}

function build(dir: string, config: string, name = 'image', more: readonly string[] = []): Built {
  const image = join(dir, name);
  writeFileSync(join(dir, 'lifeboot.toml'), config);
  const args = ['--config', join(dir, 'lifeboot.toml'), '--modules', ensureKernel().modulesDir, '--output', image];
  args.push('--binary', join(dir, 'lifeboot'), '--identity-root', join(dir, 'root'), ...more);
  const { status, stdout, stderr } = spawnSync(join(repoDir, 'initramfs/mkinitramfs'), args, { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}`, image };
}

function unpack(image: string, dir: string): string {
  runTool('sh', ['-c', 'mkdir -p "$2" && zstd -q -dc "$1" | (cd "$2" && cpio --quiet -idm)', 'sh', image, dir]);
  return dir;
}

/** What the files that only sshd needs take up in an image, by leaving them out of it. */
function withoutSshd(tree: string): number {
  const library = /([^/ ]+\.so\S*)/g;
  const needs = (...programs: readonly string[]): Set<string> =>
    new Set(programs.flatMap((path) => [...runTool('ldd', [path]).stdout.matchAll(library)].map(([name]) => name)));
  const others = needs(
    '/usr/bin/ssh',
    ...['mount', 'umount', 'blkid', 'flock'].map((name) => `${tree}/usr/bin/${name}`),
  );
  const own = [...needs('/usr/sbin/sshd')].filter((name) => !others.has(name)).map((name) => `usr/lib/${name}`);
  runTool('rm', ['-f', ...['usr/bin/sshd', ...own].map((path) => join(tree, path))]);
  return Number(
    runTool('sh', ['-c', 'cd "$1" && find . | cpio --quiet -o -H newc | zstd -q -19 | wc -c', 'sh', tree]).stdout,
  );
}

spec('[rescue] in a standalone image', {
  'brings settings, command lines, programs that run, and drivers that an ordinary boot leaves alone': () => {
    withTempDir((dir) => {
      const root = makeNode(dir);
      const { status, said, image } = build(dir, RESCUE);
      assert.equal(status, 0, said);
      assert.match(said, /rescue: 256 SHA256:\S+ lifeboot-rescue \(ED25519\) is the host key of its sshd/);
      const tree = unpack(image, join(dir, 'unpacked'));
      const text = (path: string): string => readFileSync(join(tree, path), 'utf8');
      assert.equal(
        text('etc/lifeboot/rescue.conf'),
        'time 5400\naddress 192.0.2.10/24\naddress 2001:db8::10/64\ngateway 192.0.2.1\ndns 192.0.2.53\n',
      );
      assert.match(text('etc/lifeboot/rescue-ssh'), /^\/usr\/bin\/ssh\n-F\nnone\n[\s\S]*\n\n[\s\S]*\n192\.0\.2\.7\n$/);
      const modules = text('etc/lifeboot/rescue-modules').trim().split('\n');
      for (const name of ['virtio_net', 'vmxnet3']) assert.ok(modules.includes(name), modules.join(' '));
      assert.ok(text('etc/modprobe.d/lifeboot-rescue.conf').includes('blacklist virtio_net\n'));
      // As rescue writes it before it starts either of them.
      writeFileSync(join(tree, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
      runTool('mknod', ['-m', '666', join(tree, 'dev/null'), 'c', '1', '3']);
      assert.match(runTool('chroot', [tree, '/usr/bin/ssh', '-V']).stderr, /^OpenSSH/);
      assert.match(runTool('chroot', [tree, '/usr/sbin/sshd', '-?'], { accept: [1] }).stderr, /OpenSSH/);
      assert.ok(existsSync(join(tree, 'etc/lifeboot/identity/etc/lifeboot/rescue_host_key')));
      assert.equal(statSync(join(root, 'etc/lifeboot/rescue_host_key')).mode & 0o777, 0o600);
      assert.equal(statSync(image).mode & 0o777, 0o600);
    });
  },
  'is switched on by an empty table, keeps its host key, and adds at most 3 MB without the sshd': () => {
    withTempDir((dir) => {
      const root = makeNode(dir);
      const plain = build(dir, BASE, 'plain');
      const own = join(root, 'etc/lifeboot/rescue_host_key');
      runTool('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', own]);
      const key = readFileSync(own, 'utf8');
      const { status, said, image } = build(dir, `${BASE}[rescue] # all defaults\n`);
      assert.equal(status, 0, said);
      assert.equal(readFileSync(own, 'utf8'), key);
      const tree = unpack(image, join(dir, 'unpacked'));
      assert.equal(readFileSync(join(tree, 'etc/lifeboot/rescue.conf'), 'utf8'), 'time 1800\n');
      assert.ok(!existsSync(join(unpack(plain.image, join(dir, 'plain-unpacked')), 'etc/lifeboot/rescue.conf')));
      const before = statSync(plain.image).size;
      const [added, without] = [statSync(image).size - before, withoutSshd(tree) - before];
      console.log(`rescue adds ${(added / 1e6).toFixed(2)} MB, ${(without / 1e6).toFixed(2)} MB without sshd`);
      assert.ok(without < 3e6, `${without} bytes`);
    });
  },
  'is not made where rescue could not work': () => {
    withTempDir((dir) => {
      const root = makeNode(dir);
      const refused = (config: string): string => {
        const { status, said, image } = build(dir, config);
        assert.notEqual(status, 0);
        assert.ok(!existsSync(image));
        return said;
      };
      assert.match(refused(`${BASE}[rescue]\ntime = "soon"\n`), /\[rescue\] time is 'soon'/);
      assert.match(refused(`${BASE}[rescue]\ndns = ["x; reboot"]\n`), /\[rescue\] dns has 'x; reboot'/);
      assert.match(refused(`${BASE}[rescue]\nmodules = ["../x"]\n`), /\[rescue\] modules has '\.\.\/x'/);
      assert.match(refused('[slots.a]\nroot = "/dev/x"\n[rescue]\n'), /\[rescue\]: lifeboot: .* has no \[tunnel\]/);
      chmodSync(join(root, 'etc/lifeboot/rescue_host_key'), 0o640);
      assert.match(refused(RESCUE), /others may read '.*rescue_host_key'/);
      chmodSync(join(root, 'etc/lifeboot/rescue_host_key'), 0o600);
      writeFileSync(join(root, 'root/.ssh/authorized_keys'), '# nobody\n');
      assert.match(
        refused(RESCUE),
        /nobody could log in; put public keys into '\/etc\/lifeboot\/rescue_authorized_keys'/,
      );
    });
  },
});

/** Runs a script with the builders' functions, in a mount namespace of its own. */
function withBuilders(dir: string, script: string): string {
  const load =
    'fail() { echo "fail: $1"; exit 1; }; for f in config modules rescue; do . "$2/initramfs/build/$f.sh"; done';
  const all = `set -euo pipefail; work=$1; cd "$1"; ${load}\n${script}`;
  return runTool('unshare', ['--mount', '--propagation', 'private', 'bash', '-c', all, 'bash', dir, repoDir]).stdout;
}

spec('machine_modules', {
  'names the drivers and phys of the ports of this machine, and of no other': () => {
    withTempDir((dir) => {
      const fake = `mount -t tmpfs sys /sys; mkdir -p /sys/class/net/{eth0,lo}/device/driver /sys/class/net/eth0/phydev/driver
        mkdir -p /sys/module/{igb,realtek}; rm -r /sys/class/net/lo/device
        ln -s /sys/module/igb /sys/class/net/eth0/device/driver/module
        ln -s /sys/module/realtek /sys/class/net/eth0/phydev/driver/module\n`;
      writeFileSync(join(dir, 'toml'), '[rescue]\nmodules = ["r8152"]\n');
      assert.equal(withBuilders(dir, `${fake}machine_modules /`), 'igb\nrealtek\n');
      assert.equal(withBuilders(dir, `${fake}rescue_modules toml /`), 'af_packet\nipv6\nigb\nrealtek\nr8152\n');
      assert.equal(withBuilders(dir, `${fake}machine_modules "$1"`), '');
      const elsewhere = withBuilders(dir, `${fake}rescue_modules toml "$1"`).split('\n');
      for (const name of ['virtio_net', 'e1000e', 'r8152']) assert.ok(elsewhere.includes(name), name);
      assert.ok(!elsewhere.includes('realtek') || elsewhere.includes('r8169'));
    });
  },
});

spec('copy_firmware', {
  'takes what the drivers name and the machine has, packed or not': () => {
    withTempDir((dir) => {
      const script = `mkdir -p bin tree/usr/lib/modules/6/net root/lib/firmware/rtl; PATH=$PWD/bin:$PATH
        touch tree/usr/lib/modules/6/net/r8169.ko tree/usr/lib/modules/6/net/other.ko
        printf '#!/bin/sh\\ncase $3 in *r8169*) echo rtl/a.fw; echo rtl/b.fw; echo rtl/gone.fw ;; *) echo rtl/c.fw ;; esac\\n' >bin/modinfo
        chmod +x bin/modinfo; touch root/lib/firmware/rtl/a.fw root/lib/firmware/rtl/b.fw.xz root/lib/firmware/rtl/c.fw
        copy_firmware tree root r8169; cd tree/usr/lib/firmware; find . -type f | sort`;
      assert.equal(withBuilders(dir, script), './rtl/a.fw\n./rtl/b.fw.xz\n');
    });
  },
});
