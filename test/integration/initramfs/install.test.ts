/** make install, and the images that update-initramfs replaces: what is kept, and what is put back. Root. */
import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';
import { repoDir } from '../../vm/support/places.ts';
import { runTool } from '../../vm/support/run-tool.ts';
import { inWorld } from './shell-world.ts';

/** Everything below a directory with its kind and time of change: what a second run must leave alone. */
function picture(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .sort()
    .filter((name) => !lstatSync(join(dir, name)).isDirectory())
    .map((name) => {
      const info = lstatSync(join(dir, name));
      return `${name} ${info.mode.toString(8)} ${info.isSymbolicLink() ? readlinkSync(join(dir, name)) : info.size}`;
    });
}

const keepProven = join(repoDir, 'initramfs/keep-proven');

/** Runs a script where /boot and the files of a running system are its own. */
function onBoot(script: string): string[] {
  const prepare = `mount -t tmpfs b /boot; cd /boot; image=/boot/initrd.img-1; echo old >$image
    touch /etc/lifeboot/lifeboot.toml; keep() { ${keepProven} $image; }
    echo 'id-1' >/run/lifeboot/image-id\n`;
  return inWorld(`${prepare}${script}\ncd /boot; for f in *; do [ ! -f $f ] || echo "$f: $(cat $f)"; done`)
    .out.trim()
    .split('\n');
}

/** A system that is proven, was started by the image that is there, and knows an older proven one. */
const booted = `echo older >$image.proven; echo id-1 >$image.id; sha256sum <$image >$image.sha256
  echo '{"outcome":"proven"}' >/run/lifeboot/verdict\n`;

spec('scripts/install', {
  'installs a program that runs by its own libraries, units that are enabled, and nothing called bootctl': () => {
    withTempDir((dir) => {
      runTool(join(repoDir, 'scripts/install'), [dir]);
      const first = picture(dir);
      for (const path of ['usr/lib/lifeboot/lifeboot', 'usr/share/initramfs-tools/hooks/lifeboot']) {
        assert.ok(existsSync(join(dir, path)), path);
      }
      assert.equal(
        readlinkSync(join(dir, 'usr/lib/systemd/system/timers.target.wants/lifeboot-confirm.timer')),
        '../lifeboot-confirm.timer',
      );
      assert.deepEqual(
        first.filter((line) => line.includes('bootctl')),
        [],
      );
      assert.match(runTool('chroot', withShell(dir, ['lifeboot', '--version'])).stdout, /^lifeboot \d/);
      mkdirSync(join(dir, 'etc/lifeboot'), { recursive: true });
      writeFileSync(join(dir, 'etc/lifeboot/lifeboot.toml'), '# mine\n');
      runTool(join(repoDir, 'scripts/install'), [dir]);
      assert.equal(readFileSync(join(dir, 'etc/lifeboot/lifeboot.toml'), 'utf8'), '# mine\n');
      assert.deepEqual(
        picture(dir).filter((line) => !/^(etc\/lifeboot\/lifeboot\.toml|bin\/)/.test(line)),
        first,
      );
    });
  },
});

/** The arguments of chroot, once the tree has a shell: static, so that no library but lifeboot's own is there. */
function withShell(dir: string, command: readonly string[]): string[] {
  mkdirSync(join(dir, 'bin'), { recursive: true });
  runTool('cp', ['/bin/busybox', join(dir, 'bin/sh')]);
  return [dir, ...command];
}

spec('keep-proven', {
  'keeps the first image, as nothing better is known': () => {
    assert.deepEqual(onBoot('keep; echo new >n; mv n $image'), ['initrd.img-1: new', 'initrd.img-1.proven: old']);
  },
  'keeps the image that this system was started by, once it is proven': () => {
    assert.ok(onBoot(`${booted}keep`).includes('initrd.img-1.proven: old'));
  },
  'does not keep the image of a system without proof, of another boot, or one that is not what its id says': () => {
    const changes = [
      `echo '{"outcome":"no-tunnel"}' >/run/lifeboot/verdict`,
      'echo id-2 >/run/lifeboot/image-id',
      'echo torn >$image',
    ];
    for (const change of changes) {
      assert.ok(onBoot(`${booted}${change}; keep`).includes('initrd.img-1.proven: older'), change);
    }
  },
});

/** update-initramfs has put `new` in place; what lsinitramfs lists is complete, or lacks lifeboot. */
const updated = (isComplete: boolean): string => `echo new >n; mv n $image; echo id-2 >$image.id.new
  cat >/usr/bin/lsinitramfs <<'END'
#!/bin/sh
printf '%s\\n' init scripts/lifeboot usr/bin/lifeboot usr/lib/lifeboot/lifeboot usr/local/sbin/busybox \\
  usr/share/lifeboot/stage.sh etc/lifeboot/fallback-roots ${isComplete ? 'etc/lifeboot/lifeboot.toml' : ''}
END
  chmod +x /usr/bin/lsinitramfs; ${repoDir}/initramfs/initramfs-tools/post-update.d/lifeboot 1 $image; rm -f $image*.sha256\n`;

spec('post-update.d/lifeboot', {
  'accepts a complete image, with its id': () => {
    assert.deepEqual(onBoot(`${booted}keep; ${updated(true)}`), [
      'initrd.img-1: new',
      'initrd.img-1.id: id-2',
      'initrd.img-1.proven: old',
      'initrd.img-1.proven.id: id-1',
    ]);
  },
  'puts the proven image back when the new one lacks something': () => {
    const files = onBoot(`${booted}keep; ${updated(false)}`);
    assert.ok(files.includes('initrd.img-1: old') && files.includes('initrd.img-1.id: id-1'), files.join('\n'));
  },
  'keeps the proven image bootable when a trial makes a new one in a shared /boot': () => {
    const trial = `${booted}echo '{}' >/run/lifeboot/boot.json; rm /run/lifeboot/verdict; cp $image $image.proven; keep;`;
    const files = onBoot(`${trial}${updated(true)}`);
    assert.ok(files.includes('initrd.img-1: old') && files.includes('initrd.img-1.trial: new'), files.join('\n'));
  },
});

spec('postrm.d/lifeboot', {
  'removes what was kept beside the image of a kernel that is gone, and nothing else': () => {
    const script = `rm $image; for k in proven id sha256 trial; do echo x >$image.$k; echo x >/boot/initrd.img-2.$k; done
      echo k >/boot/vmlinuz-2; for v in 1 2; do ${repoDir}/initramfs/initramfs-tools/postrm.d/lifeboot $v; done`;
    const left = onBoot(script).map((line) => line.split(':')[0]);
    const kept = ['id', 'proven', 'sha256', 'trial'].map((kind) => `initrd.img-2.${kind}`);
    assert.deepEqual(left, [...kept, 'vmlinuz-2']);
  },
});
