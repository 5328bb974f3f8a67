/**
 * The operator's commands on a node that lifeboot really booted: loop devices, real records, real mounts.
 *
 * What a test does inside `boot(…)` happens in the running system, with its own /run.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkSchema } from '../../support/check-schema.ts';
import { spec } from '../../support/spec.ts';
import { type LoopNode, run, withLoopNode } from '../boot/loop-node.ts';

function status(node: LoopNode) {
  return JSON.parse(node.lifeboot('status', '--json').stdout);
}

function schema(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(import.meta.dirname, `../../../bootconfig/schema/${name}.schema.json`), 'utf8'));
}

/** The device of the boot state, byte for byte. */
function medium(node: LoopNode): string {
  run('blockdev', '--flushbufs', node.device('state'));
  return run('sha256sum', node.device('state'));
}

spec('operator commands on a booted node', {
  'mark good makes the running trial good, once, and stops the deadline': () => {
    withLoopNode((node) => {
      node.boot(() => {
        const before = status(node);
        assert.deepEqual([before.booted.slot, before.booted.proven, before.slots.a.health], ['a', false, 'trial']);
        assert.equal(node.lifeboot('mark', 'good', 'b').status, 65);
        const marked = node.lifeboot('mark', 'good');
        assert.equal(marked.status, 0, marked.stderr);
        assert.ok(existsSync('/run/lifeboot/verdict'));
        const { booted, slots } = status(node);
        assert.deepEqual(
          [booted.proven, slots.a.health, slots.a.attempts, slots.a.proofLevel],
          [true, 'good', 0, 'manual'],
        );
        const bytes = medium(node);
        assert.equal(node.lifeboot('mark', 'good').status, 2);
        assert.equal(medium(node), bytes, 'nothing was written');
      });
      const log = JSON.parse(node.lifeboot('log', '--json').stdout);
      assert.deepEqual(
        log.map((entry: { outcome: string }) => entry.outcome),
        ['proven'],
      );
    });
  },
  'mark good fails without a write when boot.json tells of another boot': () => {
    withLoopNode((node) => {
      node.boot(() => {
        const info = JSON.parse(readFileSync('/run/lifeboot/boot.json', 'utf8'));
        for (const lie of [{ bootId: 'f'.repeat(32) }, { slot: 'b' }]) {
          writeFileSync('/run/lifeboot/boot.json', JSON.stringify({ ...info, ...lie }));
          const bytes = medium(node);
          assert.equal(node.lifeboot('mark', 'good').status, 65);
          assert.equal(medium(node), bytes);
          assert.equal(existsSync('/run/lifeboot/verdict'), false);
        }
      });
    });
  },
  'marks a boot good whose attempt could not be saved': () => {
    withLoopNode((node) => {
      node.boot(() => assert.equal(node.lifeboot('mark', 'good').status, 0));
      run('blockdev', '--setro', node.device('state'));
      node.boot(() => {
        run('blockdev', '--setrw', node.device('state'));
        assert.equal(status(node).booted.attempt, null);
        const { status: code, stderr } = node.lifeboot('mark', 'good');
        assert.ok(code === 0 || code === 2, stderr);
        assert.equal(status(node).slots.a.health, 'good');
      });
    });
  },
  'switch looks at what a slot really holds': () => {
    withLoopNode((node) => {
      node.boot(() => assert.equal(node.lifeboot('mark', 'good').status, 0));
      assert.equal(node.lifeboot('switch', 'b').status, 0);
      node.boot(() => {
        assert.equal(status(node).booted.slot, 'b');
        assert.equal(node.lifeboot('mark', 'good').status, 0);
        const back = node.lifeboot('switch', 'a');
        assert.equal(back.status, 0);
        assert.equal(status(node).slots.a.health, 'good', 'a holds what was proven there');
        assert.equal(node.lifeboot('switch', 'a').status, 2);
      });
      node.rewrite('b', '2');
      const over = node.lifeboot('switch', 'b');
      assert.equal(over.status, 0);
      assert.match(over.stdout, /slot b holds something else than was recorded/);
      assert.equal(status(node).slots.b.health, 'trial');
      assert.equal(run('findmnt', '-rno', 'TARGET').includes('lifeboot'), false, 'nothing stays mounted');
    });
  },
  'switch --once boots the slot one time; rollback goes back to what was proven': () => {
    withLoopNode((node) => {
      node.boot(() => assert.equal(node.lifeboot('mark', 'good').status, 0));
      assert.equal(node.lifeboot('switch', 'b', '--once').status, 0);
      assert.equal(JSON.parse(node.lifeboot('plan', '--json').stdout).slot, 'b');
      node.boot(() => {
        assert.equal(status(node).booted.slot, 'b');
        assert.equal(status(node).next.slot, 'a');
        assert.equal(node.lifeboot('mark', 'good').status, 0);
        assert.equal(node.lifeboot('switch', 'b').status, 0);
        const back = node.lifeboot('rollback');
        assert.equal(back.status, 0, back.stderr);
        assert.equal(node.lifeboot('rollback').status, 2);
      });
      assert.equal(node.boot().info.slot, 'a');
    });
  },
  'mark bad keeps a slot from being booted, and why still says so after the reboot': () => {
    withLoopNode((node) => {
      node.boot(() => assert.equal(node.lifeboot('mark', 'bad', '--reason', 'no modem').status, 0));
      node.boot(() => {
        assert.equal(status(node).booted.slot, 'b');
        assert.match(
          node.lifeboot('why').stdout.replaceAll(/\s+/g, ' '),
          /a is bad: no modem; its last boot, .* ended as failed/,
        );
      });
    });
  },
  'confirm --stopped gives the attempt back twice in a row, not three times': () => {
    withLoopNode((node) => {
      const attempts = [1, 2, 3].map(() => {
        node.boot(() => assert.equal(node.lifeboot('confirm', '--stopped').status, 0));
        return node.state().slots['a']?.attempts;
      });
      assert.deepEqual(attempts, [0, 0, 1]);
    });
  },
  'what is printed fits the schemas, and nothing that only reads writes': () => {
    withLoopNode((node) => {
      node.boot(() => {
        assert.deepEqual(checkSchema(JSON.parse(readFileSync('/run/lifeboot/boot.json', 'utf8')), schema('boot')), []);
        const bytes = medium(node);
        for (const name of ['status', 'plan', 'log']) {
          assert.deepEqual(checkSchema(JSON.parse(node.lifeboot(name, '--json').stdout), schema(name)), [], name);
        }
        assert.deepEqual(
          checkSchema(JSON.parse(node.lifeboot('state', 'show', '--json').stdout).state, schema('state')),
          [],
        );
        for (const words of [['why'], ['doctor'], ['switch', 'b', '--dry-run'], ['bootctl', 'get-current-slot']]) {
          node.lifeboot(...words);
        }
        assert.equal(medium(node), bytes);
      });
    });
  },
  'bootctl sees the running slot and changes the next one': () => {
    withLoopNode((node) => {
      node.boot(() => {
        assert.equal(node.lifeboot('bootctl', 'get-current-slot').stdout, '0\n');
        assert.equal(node.lifeboot('bootctl', 'get-number-slots').stdout, '2\n');
        assert.equal(node.lifeboot('bootctl', 'mark-boot-successful').status, 0);
        assert.equal(node.lifeboot('bootctl', 'is-slot-marked-successful', '0').status, 0);
        assert.equal(node.lifeboot('bootctl', 'set-active-boot-slot', '1').status, 0);
        assert.equal(node.lifeboot('bootctl', 'get-active-boot-slot').stdout, '1\n');
      });
      assert.equal(node.boot().info.slot, 'b');
    });
  },
  'doctor names what a node lacks': () => {
    withLoopNode((node) => {
      node.boot(() => {
        const findings: { level: string; subject: string; found: string }[] = JSON.parse(
          node.lifeboot('doctor', '--json').stdout,
        );
        const of = (level: string) =>
          findings.filter((finding) => finding.level === level).map(({ subject }) => subject);
        for (const subject of ['configuration', 'state', 'slot a', 'slot b', 'slot r', 'upper', 'boot']) {
          assert.ok(of('ok').includes(subject), `${subject}: ${JSON.stringify(findings)}`);
        }
        assert.ok(of('fail').includes('tunnel'));
      });
      run('blockdev', '--setro', node.device('state'));
      assert.match(node.lifeboot('doctor').stdout.replaceAll(/\s+/g, ' '), /fail state: .* is write-protected/);
      run('blockdev', '--setrw', node.device('state'));
    });
  },
});
