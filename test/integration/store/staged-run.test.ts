/** A command in a root that is put together beside the running system: on real mounts, with real namespaces. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LayerStore, StagedRoot } from '../../../src/app/ports.ts';
import { bareManifest, type Manifest, makeManifest } from '../../../src/core/store/deployment.ts';
import { makeLayerStore } from '../../../src/platform/store/layer-store.ts';
import { readManifest } from '../../../src/platform/store/store-files.ts';
import { spec } from '../../support/spec.ts';
import { busybox, mounts, plainTree, type Tree } from '../root/disks.ts';
import { assemble, mountStack, type Stacked, withStack } from '../root/stacks.ts';

/** A root in which a command can run. */
const SYSTEM: Tree = {
  ...plainTree,
  'bin/busybox': busybox,
  'bin/sh': busybox,
  'etc/resolv.conf': 'nameserver 192.0.2.1\n',
  'var/lib/dpkg/status': 'Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n',
  'var/cache/apt/archives/': '',
  'run/': '',
  'tmp/': '',
  'sys/': '',
  'dev/': '',
};

interface Staged {
  readonly stacked: Stacked;
  readonly store: LayerStore;
  readonly manifest: Manifest;
  readonly storeDir: string;
}

/** A running node with a layer, and its store. */
function withStore(body: (staged: Staged) => void): void {
  withStack(
    ['erofs'],
    () => ({ 'etc/layered': 'layered\n' }),
    (stacked) => {
      const { node, base, id } = stacked;
      mountStack(stacked);
      assert.deepEqual(assemble(stacked), []);
      const options = {
        runDir: node.runDir,
        sourceOf: () => ({ root: base }),
        runningSlot: () => null,
        systemRoot: '/',
        pid: 0,
        env: { TERM: 'dumb' },
      };
      const store = makeLayerStore({ ...options, become: () => assert.fail('it starts again') });
      const storeDir = join(node.data, 'lifeboot');
      body({ stacked, store, storeDir, manifest: readManifest(storeDir, id) ?? assert.fail('no manifest') });
    },
    SYSTEM,
  );
}

function sh(
  { store, manifest }: Staged,
  script: string,
  after: (staged: StagedRoot, status: number) => void,
  shared: readonly string[] = [],
): void {
  store.withStaged('a', manifest, (staged) => {
    const command = ['/bin/busybox', 'sh', '-c', script];
    after(staged, staged.run({ command, shared, isTerminal: false }));
  });
}

const NOTHING = (): void => undefined;

spec('withStaged()', {
  'runs a command on base and layers, keeps what it changed as a layer, and leaves nothing else': () => {
    withStore((staged) => {
      const { store, manifest, stacked, storeDir } = staged;
      let made: Manifest | null = null;
      const script =
        'cat /etc/layered; echo new >/etc/new; rm /etc/layered; mkdir /etc/dir; mv /etc/ssh /etc/moved; echo said';
      sh(staged, script, (root, status) => {
        assert.equal(status, 0);
        assert.equal(root.isChanged(), true);
        const layer = root.seal(NOTHING) ?? assert.fail('nothing was changed');
        made = makeManifest({ ...manifest, layers: [...manifest.layers, layer], parent: manifest.id });
      });
      assert.ok(made !== null);
      store.withView('a', made, (root) => {
        assert.equal(readFileSync(join(root, 'etc/new'), 'utf8'), 'new\n');
        assert.deepEqual(readdirSync(join(root, 'etc')).sort(), ['dir', 'hostname', 'moved', 'new', 'resolv.conf']);
        assert.equal(existsSync(join(root, 'usr/sbin/policy-rc.d')), false);
        assert.deepEqual(readdirSync(join(root, 'run')), []);
      });
      const [log = ''] = readdirSync(join(storeDir, 'log'));
      assert.equal(readFileSync(join(storeDir, 'log', log), 'utf8'), 'layered\nsaid\n');
      assert.deepEqual(readdirSync(join(storeDir, 'tmp')), []);
      assert.deepEqual(
        readdirSync(stacked.node.runDir).filter((name) => name.startsWith('stage')),
        [],
      );
      assert.deepEqual(
        mounts().filter(({ point }) => point.includes('/stage-')),
        [],
      );
      assert.equal(stacked.node.inRoot('etc/layered'), 'layered\n');
    });
  },
  'gives the command what a package manager needs, and starts no service': () => {
    withStore((staged) => {
      const script = `
        /usr/sbin/policy-rc.d; [ $? = 101 ] || exit 1
        [ "$(cat /etc/resolv.conf)" = "${readFileSync('/etc/resolv.conf', 'utf8').trimEnd()}" ] || exit 2
        [ "$(readlink /proc/self)" -lt 20 ] || exit 3
        [ -c /dev/null ] && [ -e /dev/pts/ptmx ] || exit 4
        [ "$(ls /dev | tr '\\n' ' ')" = 'fd full null ptmx pts random shm stderr stdin stdout tty urandom zero ' ] || exit 9
        mknod /tmp/disk b 7 0 2>/dev/null && exit 10
        hostname changed; [ "$(cat /proc/sys/kernel/hostname)" = changed ] || exit 11
        [ -d /sys/kernel ] || exit 5
        touch /sys/kernel/x 2>/dev/null && exit 6
        [ ! -e /run/systemd ] || exit 7
        [ "$DEBIAN_FRONTEND" = noninteractive ] || exit 8
        echo x >/run/x; echo x >/tmp/x; echo x >/dev/null
        exit 40`;
      sh(staged, script, (root, status) => {
        assert.equal(status, 40);
        assert.equal(root.isChanged(), false);
      });
    });
  },
  'finds changes of directories and of what has names that are no text': () => {
    withStore((staged) => {
      sh(staged, 'chmod 700 /etc/ssh', (root) => assert.equal(root.isChanged(), true));
      sh(staged, 'mkdir "$(printf \'/etc/caf\\351\')"; echo x >"$(printf \'/etc/caf\\351/x\')"', (root, status) => {
        assert.equal(status, 0);
        assert.equal(root.isChanged(), true);
        assert.deepEqual(root.changedBoot(), []);
      });
      sh(staged, 'rm /etc/hostname; mkdir /etc/hostname; echo x >/etc/hostname/x', (root) => {
        assert.equal(root.isChanged(), true);
      });
    });
  },
  'says what was changed: packages, kernels; locks, logs and caches are nothing': () => {
    withStore((staged) => {
      const touch = 'echo x >/var/cache/apt/archives/x; mkdir -p /var/log; echo l >/var/log/l; touch /etc/hostname';
      sh(staged, touch, (root) => assert.equal(root.isChanged(), false));
      const script = `
        printf 'Package: a\\nStatus: install ok installed\\nArchitecture: all\\nVersion: 2\\n' >/var/lib/dpkg/status
        mkdir -p /boot /usr/lib/modules/6.1; echo k >/boot/vmlinuz-6.1; echo m >/usr/lib/modules/6.1/m.ko`;
      sh(staged, script, (root) => {
        assert.deepEqual([...(root.packages() ?? [])], [['a', '2']]);
        assert.deepEqual(root.changedBoot(), ['boot/vmlinuz-6.1', 'usr/lib/modules/6.1']);
        assert.equal(root.isChanged(), true);
      });
    });
  },
  'ends whatever the command leaves running': () => {
    withStore((staged) => {
      const mark = `${process.pid}.77`;
      sh(staged, `sleep 8${mark} & echo started`, (_, status) => assert.equal(status, 0));
      const running = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(`8${mark}`));
      assert.deepEqual(running, []);
    });
  },
  'shows persistent directories, adds what was made there, and touches nothing that was there': () => {
    withStore((staged) => {
      const { stacked, storeDir } = staged;
      assert.deepEqual(stacked.node.builder.bindPersistent(['/var', '/srv/my-app']), []);
      const shared = join(storeDir, 'persist/var');
      writeFileSync(join(shared, 'old'), 'old\n');
      mkdirSync(join(shared, 'dir'));
      const script = `
        [ "$(cat /var/old)" = old ] || exit 1
        echo changed >/var/old; mkdir /var/made; echo x >/var/made/x; echo y >/var/dir/y; chmod 700 /var/made
        rm /var/log/old.log; echo v2 >/var/lib/dpkg/status`;
      sh(
        staged,
        script,
        (root, status) => {
          assert.equal(status, 0);
          assert.equal(readFileSync(join(shared, 'old'), 'utf8'), 'old\n');
          assert.equal(existsSync(join(shared, 'made')), false);
          assert.deepEqual([...root.addToShared()], ["'/var/old' was changed"]);
          assert.equal(readFileSync(join(root.upper, 'var/lib/dpkg/status'), 'utf8'), 'v2\n');
        },
        ['/var', '/srv/my-app'],
      );
      assert.equal(readFileSync(join(shared, 'made/x'), 'utf8'), 'x\n');
      assert.equal(readFileSync(join(shared, 'dir/y'), 'utf8'), 'y\n');
      assert.equal(readFileSync(join(shared, 'old'), 'utf8'), 'old\n');
      assert.ok(existsSync(join(shared, 'log/old.log')));
      assert.match(readFileSync(join(shared, 'lib/dpkg/status'), 'utf8'), /Version: 1/);
    });
  },
  'clears away what a killed command has left': () => {
    withStore((staged) => {
      const left = join(staged.storeDir, 'tmp/stage-left');
      mkdirSync(join(left, 'upper/etc'), { recursive: true });
      chmodSync(left, 0o000);
      staged.store.clearLeftovers();
      assert.deepEqual(readdirSync(join(staged.storeDir, 'tmp')), []);
    });
  },
  'works on a base alone': () => {
    withStore((staged) => {
      const manifest = bareManifest(staged.manifest.base);
      sh({ ...staged, manifest }, '[ ! -e /etc/layered ] && echo x >/etc/x', (root, status) => {
        assert.equal(status, 0);
        assert.notEqual(root.seal(NOTHING), null);
      });
    });
  },
});

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It has ended.
    return '';
  }
}
