/** The builder of the standalone image: what it refuses, what it puts in, and that an image is whole or not there. Root. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';
import { ensureKernel } from '../../vm/support/kernel.ts';
import { repoDir } from '../../vm/support/places.ts';
import { runTool } from '../../vm/support/run-tool.ts';

const CONFIG = `# A comment
[slots.r]
root = 'LABEL=recovery-root' # last, although it comes first
role = "recovery"
[slots.a]
root = "PARTLABEL=root-a"
[slots."b"]
root = "/dev/sda2"
removable = true
[tunnel]
identity = "/etc/keys/tunnel"
options = ["a", "b"]
[identity]
files = [
  "/etc/node-id", # the node's name
  "/etc/not-there",
]
`;

interface Built {
  readonly status: number | null;
  readonly said: string;
  readonly image: string;
}

/** Builds an image of a small node in `dir`. */
function build(dir: string, more: readonly string[] = [], config = CONFIG, image = join(dir, 'image')): Built {
  const put = (path: string, text: string, mode: number): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text, { mode });
  };
  put('lifeboot.toml', config, 0o644);
  put('stub', '#!/bin/sh\n', 0o755);
  put('root/etc/keys/tunnel', 'key\n', 0o600);
  put('root/etc/node-id', 'W023\n', 0o644);
  put('root/etc/ssh/ssh_host_ed25519_key', 'host key\n', 0o600);
  const args = ['--config', join(dir, 'lifeboot.toml'), '--modules', ensureKernel().modulesDir, '--output', image];
  args.push('--binary', join(dir, 'stub'), '--identity-root', join(dir, 'root'), ...more);
  const result = spawnSync(join(repoDir, 'initramfs/mkinitramfs'), args, { encoding: 'utf8' });
  return { status: result.status, said: `${result.stdout}${result.stderr}`, image };
}

/** The image's content as the kernel unpacks it. */
function unpack(image: string, dir: string): string {
  runTool('sh', ['-c', 'mkdir -p "$2" && zstd -q -dc "$1" | (cd "$2" && cpio --quiet -idm)', 'sh', image, dir]);
  return dir;
}

const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

spec('mkinitramfs', {
  'gives a fallback boot the deadline of the configuration, and nothing that is no time': () => {
    for (const [deadline, expected] of [
      ['40min', '40min 1min'],
      ["1'; reboot -f; '", '15min 1min'],
    ]) {
      withTempDir((dir) => {
        const config = `${CONFIG}[confirm]\ndeadline = "${deadline}"\n`;
        writeFileSync(join(dir, 'lifeboot.toml'), config);
        // Only what reads the value: a whole image takes seconds.
        const script = 'work=$1; . "$2/initramfs/build/config.sh"; fallback_deadline "$1/lifeboot.toml"';
        const result = spawnSync('bash', ['-c', script, 'bash', dir, repoDir], { encoding: 'utf8' });
        assert.equal(result.stdout.trim(), expected, result.stderr);
      });
    }
  },
  'gives a fallback boot the watchdog of the configuration, in seconds': () => {
    for (const [setting, expected] of [
      ['timeout = "1min 30s"\ndevice = "/dev/watchdog1"', '90 /dev/watchdog1'],
      ['timeout = 0', '0 '],
      ['timeout = "3s"\ndevice = "/dev/sda"', '60 '],
      ['timeout = "60; reboot -f"', '60 '],
    ]) {
      withTempDir((dir) => {
        writeFileSync(join(dir, 'lifeboot.toml'), `${CONFIG}[watchdog]\n${setting}\n`);
        const script = `work=$1; . "$2/initramfs/build/config.sh"; watchdog_settings "$1/lifeboot.toml" >"$1/conf"; . "$1/conf"
          echo "$LIFEBOOT_WATCHDOG $LIFEBOOT_WATCHDOG_DEVICE"`;
        const result = spawnSync('bash', ['-c', script, 'bash', dir, repoDir], { encoding: 'utf8' });
        assert.equal(result.stdout, `${expected}\n`, result.stderr);
      });
    }
  },
  'refuses what it does not know, before anything is made': () => {
    const refused = (...args: readonly string[]): string => {
      const result = spawnSync(join(repoDir, 'initramfs/mkinitramfs'), args, { encoding: 'utf8' });
      return `${result.status} ${result.stderr.trim()}`;
    };
    assert.equal(refused('--kernel', 'x'), "64 mkinitramfs: unknown argument '--kernel'; see --help");
    assert.equal(refused('--config'), "64 mkinitramfs: option '--config' needs a value; see --help");
    assert.equal(refused(), '64 mkinitramfs: --config, --modules and --output are needed; see --help');
  },
  'explains itself with an example': () => {
    const { stdout } = runTool(join(repoDir, 'initramfs/mkinitramfs'), ['--help']);
    assert.match(stdout, /^Example:\n {2}mkinitramfs --config /m);
  },
  'puts in the roots, recovery last, the identity with its modes, and the same bytes each time': () => {
    withTempDir((dir) => {
      const { status, said, image } = build(dir);
      assert.equal(status, 0, said);
      const first = digest(image);
      assert.equal(statSync(image).mode & 0o777, 0o600);
      const tree = unpack(image, join(dir, 'unpacked'));
      const text = (path: string): string => readFileSync(join(tree, path), 'utf8');
      assert.equal(text('etc/lifeboot/fallback-roots'), 'PARTLABEL=root-a\n/dev/sda2\nLABEL=recovery-root\n');
      assert.equal(text('etc/lifeboot/removable-roots'), '/dev/sda2\n');
      assert.equal(text('etc/lifeboot/identity/etc/node-id'), 'W023\n');
      assert.equal(statSync(join(tree, 'etc/lifeboot/identity/etc/keys/tunnel')).mode & 0o777, 0o600);
      assert.ok(existsSync(join(tree, 'etc/lifeboot/identity/etc/ssh/ssh_host_ed25519_key')));
      assert.equal(text('etc/lifeboot/lifeboot.toml'), CONFIG);
      // blkid runs with nothing but what is in the image.
      assert.match(runTool('chroot', [tree, 'blkid', '--version']).stderr, /^$|util-linux/);
      build(dir);
      assert.equal(digest(image), first);
    });
  },
  'makes an image without secrets that everybody may read': () => {
    withTempDir((dir) => {
      const { image } = build(dir, ['--no-identity']);
      assert.equal(statSync(image).mode & 0o777, 0o644);
      assert.ok(!existsSync(join(unpack(image, join(dir, 'unpacked')), 'etc/lifeboot/identity')));
    });
  },
  'keeps the old image when it fails, and leaves nothing beside it': () => {
    withTempDir((dir) => {
      writeFileSync(join(dir, 'image'), 'old');
      const noRoots = build(dir, [], '[slots.a]\nrole = "recovery"\n');
      assert.equal(noRoots.status, 78);
      assert.match(noRoots.said, /names no slot with a root/);
      assert.match(build(dir, ['--add-module', 'no_such']).said, /there is no module 'no_such'/);
      assert.match(build(dir, ['--busybox', '/usr/bin/env']).said, /is not static/);
      assert.equal(readFileSync(join(dir, 'image'), 'utf8'), 'old');
      assert.deepEqual(readdirSync(dir).sort(), ['image', 'lifeboot.toml', 'root', 'stub']);
    });
  },
  'keeps the old image when the disk is full, and clears up what a killed one left': () => {
    withTempDir((dir) => {
      const boot = join(dir, 'boot');
      mkdirSync(boot);
      runTool('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'boot', boot]);
      try {
        writeFileSync(join(boot, 'image'), 'old');
        writeFileSync(join(boot, 'image.new.999999999'), 'left by one that was killed');
        assert.notEqual(build(dir, [], CONFIG, join(boot, 'image')).status, 0);
        assert.equal(readFileSync(join(boot, 'image'), 'utf8'), 'old');
        assert.deepEqual(readdirSync(boot), ['image']);
      } finally {
        runTool('umount', [boot]);
      }
    });
  },
  'names the lines of the configuration that it does not understand': () => {
    withTempDir((dir) => {
      const { status, said } = build(dir, ['--no-identity'], `${CONFIG}inline = { a = 1 }\n???\n`);
      assert.equal(status, 0);
      assert.match(said, /lifeboot\.toml:\d+: not understood, ignoring: inline = \{ a = 1 \}/);
      assert.match(said, /not understood, ignoring: \?\?\?/);
    });
  },
});
