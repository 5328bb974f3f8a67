/**
 * The recovery slot on real mounts: booted with the node's identity, and what `doctor` says of its medium.
 *
 * (That its tunnel is then proven takes a whole guest: test/faults, the faults that end in recovery.)
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Finding } from '../../../src/core/operate/finding.ts';
import { withSlot } from '../../../src/core/state/state.ts';
import { spec } from '../../support/spec.ts';
import { type LoopNode, run, withLoopNode } from '../boot/loop-node.ts';

/** Names that this machine does not have: doctor compares with the running system's own files. */
const KEY = `/etc/lifeboot-test-${process.pid}/tunnel_key`;
const ID = `/etc/lifeboot-test-${process.pid}/node-id`;

function withIdentity(text: string): string {
  // The whole disk is taken for one that can be pulled out here; the data partition is not what is asked about.
  const upper = text.replace('[upper]', '[upper]\nremovable = true');
  return `${upper}\n[identity]\nfiles = ["${KEY}", "${ID}"]\n`;
}

function put(path: string, text: string, mode: number, time: number): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
  utimesSync(path, time, time);
}

/** A node whose slots a and b are gone, with the identity on the data partition only. */
function withRecovery(body: (node: LoopNode) => void, change: (text: string) => string = (text) => text): void {
  withLoopNode(
    (node) => {
      for (const name of ['a', 'b'] as const) {
        run('dd', 'if=/dev/zero', `of=${node.device(name)}`, 'bs=1M', 'count=1', 'status=none');
      }
      node.change('data', (dir) => {
        put(join(dir, 'lifeboot/identity', KEY), 'the key\n', 0o600, 1000);
        put(join(dir, 'lifeboot/identity', ID), 'W023\n', 0o644, 1000);
      });
      body(node);
    },
    (text) => change(withIdentity(text)),
  );
}

/** Runs `body` while the disk of the node says that it can be pulled out. */
function whileRemovable(node: LoopNode, body: () => void): void {
  const disk = node.device('r').replace(/^\/dev\/(loop\d+)p\d+$/, '$1');
  const flag = join(dirname(node.config), 'removable');
  writeFileSync(flag, '1\n');
  const place = `/sys/block/${disk}/removable`;
  run('mount', '--bind', flag, place);
  try {
    body();
  } finally {
    run('umount', place);
  }
}

function recoveryFindings(node: LoopNode): string[] {
  const findings: Finding[] = JSON.parse(node.lifeboot('doctor', '--json').stdout);
  return findings
    .filter(({ subject }) => subject === 'recovery r' || subject === 'slot r')
    .filter(({ found }) => !found.startsWith("'PARTLABEL="))
    .map(({ level, found }) => `${level} ${found}`);
}

spec('recovery slot', {
  'is booted with the identity of the data partition, each file with its mode': () => {
    withRecovery((node) => {
      const { info, said } = node.boot((root) => {
        assert.equal(readFileSync(join(root, KEY), 'utf8'), 'the key\n');
        assert.equal(statSync(join(root, KEY)).mode & 0o777, 0o600);
        assert.equal(readFileSync(join(root, ID), 'utf8'), 'W023\n');
      });
      assert.equal(info.slot, 'r', said);
    });
  },
  'gets no identity while it is a removable stranger, and does once it was proven or is configured so': () => {
    withRecovery((node) => {
      whileRemovable(node, () => {
        const { info } = node.boot((root) => assert.equal(existsSync(join(root, KEY)), false));
        assert.equal(info.slot, 'r');
        assert.ok(recoveryFindings(node).some((text) => /^warn it is removable and was never proven/.test(text)));
        const { partuuid = null, serial = null, deploymentId = null } = info;
        const proven = {
          health: 'good',
          best: 'proven',
          provenId: deploymentId,
          device: { partuuid, serial },
        } as const;
        node.saveState(withSlot({ ...node.state(), round: { number: 0, clean: [], recovery: [] } }, 'r', proven));
        const again = node.boot((root) => assert.equal(readFileSync(join(root, KEY), 'utf8'), 'the key\n'));
        assert.equal(again.info.slot, 'r');
        const findings = recoveryFindings(node);
        assert.ok(!findings.some((text) => text.includes('was never proven')), findings.join('; '));
        assert.ok(
          findings.some((text) => text.includes('when it is booted without lifeboot')),
          findings.join('; '),
        );
      });
    });
    withRecovery(
      (node) => {
        whileRemovable(node, () => {
          const { info } = node.boot((root) => assert.equal(existsSync(join(root, KEY)), true));
          assert.equal(info.slot, 'r');
        });
      },
      (text) => text.replace('role = "recovery"', 'role = "recovery"\nremovable = true'),
    );
  },
  'doctor compares what the medium carries with what the node has now': () => {
    withRecovery((node) => {
      const overlay = join(dirname(node.config), 'etc-of-this-test');
      mkdirSync(overlay);
      run('mount', '-t', 'tmpfs', 'tmpfs', overlay);
      for (const name of ['upper', 'work']) mkdirSync(join(overlay, name));
      run(
        'mount',
        '-t',
        'overlay',
        '-o',
        `lowerdir=/etc,upperdir=${overlay}/upper,workdir=${overlay}/work`,
        'etc',
        '/etc',
      );
      try {
        put(KEY, 'the key\n', 0o600, 2000);
        put(ID, 'W023\n', 0o644, 1000);
        assert.deepEqual(recoveryFindings(node), [
          `warn it carries no copy of '${KEY}', '${ID}': without the data partition it has no tunnel`,
        ]);
        node.change('r', (dir) => {
          put(join(dir, 'boot/vmlinuz-1'), 'kernel', 0o644, 1500);
          put(join(dir, 'boot/initrd.img-1'), 'initramfs', 0o600, 1500);
        });
        assert.deepEqual(recoveryFindings(node), [`warn its initramfs is older than '${KEY}'`]);
        node.change('r', (dir) => {
          put(join(dir, KEY), 'an old key\n', 0o600, 1200);
          put(join(dir, ID), 'W023\n', 0o644, 1200);
        });
        assert.deepEqual(recoveryFindings(node), [`warn it carries older versions of '${KEY}'`]);
        node.change('r', (dir) => put(join(dir, KEY), 'the key\n', 0o600, 1200));
        assert.deepEqual(recoveryFindings(node), ['ok it carries all 2 identity files itself']);
        run('sfdisk', '--part-label', node.device('r').replace(/p\d+$/, ''), '4', 'elsewhere');
        assert.match(recoveryFindings(node).join(), /^fail device 'PARTLABEL=.*-root-r' was not found$/);
      } finally {
        for (const place of ['/etc', overlay]) run('umount', '-l', place);
      }
    });
  },
});
