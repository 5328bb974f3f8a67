/** The hooks of package managers: what they ask lifeboot for, and that they never stop anybody. Root. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { repoDir } from '../../vm/support/places.ts';
import { runTool } from '../../vm/support/run-tool.ts';
import { inWorld, stub } from '../initramfs/shell-world.ts';

const HOOKS = join(repoDir, 'bootconfig/hooks');

/** What lifeboot is called with goes to /run/calls; it ends as it is told. */
function calls(status: number, script: string): { readonly status: number | null; readonly lines: readonly string[] } {
  const lifeboot = stub(`echo "$*" >>/run/calls; [ ${status} -ne 0 ] || echo 7; exit ${status}`);
  const hook = `hook() { ${HOOKS}/package-hook "$@"; echo "ended with $?"; }`;
  const ran = inWorld(`${lifeboot}${hook}; touch /run/calls /run/lifeboot/boot.json\n${script}\ncat /run/calls`);
  return { status: ran.status, lines: ran.out.trim().split('\n') };
}

const PRE = 'keep --hook apt --type pre --cleanup number --print-number --description pre apt';
const POST = 'keep --hook apt --type post --cleanup number --print-number --description post apt --pre 7';

spec('package-hook', {
  'keeps a snapshot before and after, the second of the first': () => {
    const { lines } = calls(0, 'hook pre apt; hook post apt; hook post apt');
    assert.deepEqual(lines, ['ended with 0', 'ended with 0', 'ended with 0', PRE, POST]);
  },
  'does nothing after a change before which nothing was kept, and never fails': () => {
    for (const status of [1, 2, 69, 70]) {
      assert.deepEqual(calls(status, 'hook pre apt; hook post apt').lines, ['ended with 0', 'ended with 0', PRE]);
    }
    assert.deepEqual(calls(0, 'rm /usr/bin/lifeboot; PATH=/nowhere:/bin; hook pre apt').lines, ['ended with 0']);
  },
  'leaves another root alone': () => {
    assert.deepEqual(calls(0, 'rm /run/lifeboot/boot.json; hook pre apt').lines, ['ended with 0']);
  },
});

spec('the hooks', {
  'are ones that apt can read': () => {
    const { stdout } = runTool('apt-config', ['-c', join(HOOKS, '80lifeboot'), 'dump']);
    for (const when of ['pre', 'post']) assert.match(stdout, new RegExp(`package-hook ${when} apt \\|\\| true; fi`));
  },
  'answer every frame of zypper, and call the hook around a commit': () => {
    const frames = ['PLUGINBEGIN', 'COMMITBEGIN', 'SOMETHING', 'COMMITEND', 'PLUGINEND'].map(
      (word) => `${word}\n\nbody\0\n`,
    );
    const input = frames.join('');
    const { stdout, status } = spawnSync(join(HOOKS, 'zypper/lifeboot'), { input, encoding: 'utf8', timeout: 20_000 });
    assert.deepEqual([status, stdout.split('\n\n\0')], [0, ['ACK', 'ACK', '_ENOMETHOD', 'ACK', 'ACK', '']]);
  },
  'of dnf 4 is Python, and has the two moments that dnf calls': () => {
    const check = [
      'import sys, types, ast',
      "sys.modules['dnf'] = types.SimpleNamespace(Plugin=object)",
      `exec(open('${HOOKS}/dnf/lifeboot.py').read())`,
      "Lifeboot().pre_transaction(); Lifeboot().transaction(); print('well')",
    ];
    assert.equal(runTool('python3', ['-c', check.join('\n')]).stdout, 'well\n');
  },
});
