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
