/** `lifeboot tend` on a real tunnel: late proofs, restarts, the reboot it asks for, and an ordinary call that starts nothing. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshMemory, type TendMemory } from '../../../src/core/ladder/link.ts';
import type { BootState } from '../../../src/core/state/state.ts';
import { openStatePath } from '../../../src/platform/state/open-state.ts';
import { bootInfo, someState, whileRunning } from '../../support/fake-ports.ts';
import { spec } from '../../support/spec.ts';
import { enterPrivateWorld, must, sleepMs, until } from './support/private-world.ts';
import { end, signal, start } from './support/programs.ts';
import { BOOT_ID, SshWorld } from './support/ssh-world.ts';

enterPrivateWorld(import.meta.filename);

const MAIN = join(import.meta.dirname, '../../../src/main.ts');
const TEND = '/run/lifeboot/tend.json';
const VERDICT = '/run/lifeboot/verdict';
const world = new SshWorld();
const config = world.path('lifeboot.toml');
const state = world.path('state');
const fakes = world.path('fakes');
const calls = world.path('calls');

// A reboot that is asked for must not reach this machine.
if (existsSync('/proc/sysrq-trigger')) must('mount', '--bind', '/dev/null', '/proc/sysrq-trigger');
mkdirSync(fakes);
for (const name of ['systemctl', 'reboot', 'sync']) {
  const isDone = name === 'systemctl' ? 'case "$*" in *reboot*) exit 1 ;; esac\n' : '';
  writeFileSync(join(fakes, name), `#!/bin/sh\necho "${name} $*" >>'${calls}'\n${isDone}`, { mode: 0o755 });
}
writeFileSync(join(fakes, 'ssh'), `#!/bin/sh\necho "ssh $*" >>'${calls}'\nexec /usr/bin/ssh "$@"\n`, { mode: 0o755 });
world.node.useProgram(MAIN);
writeFileSync(
  config,
  `[slots]
a = { root = "/dev/null" }
b = { root = "/dev/null" }
r = { root = "/dev/null", role = "recovery" }
[tunnel]
host = "10.77.0.2"
port = 2200
user = "root"
identity = "${world.path('tunnel_key')}"
known_hosts = "${world.path('known_hosts')}"
forward = "0:localhost:22"
selfcheck_key = "${world.path('selfcheck_key')}"
[confirm]
hold = "2s"
`,
);

/** @returns the report, and what was started for it */
function tend(...more: readonly string[]): {
  readonly report: { tunnel: string; did: string; why: string };
  readonly started: string;
} {
  rmSync(calls, { force: true });
  const argv = [MAIN, '--config', config, '--state', state, 'tend', '--json', ...more];
  const env = { ...process.env, PATH: `${fakes}:/usr/bin:/bin` };
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', timeout: 60_000, env });
  // A reboot that did not come is the one step that fails here.
  assert.ok(status === 0 || /reboot failed/.test(stdout), stderr);
  const report = JSON.parse(stdout);
  const started = existsSync(calls) ? readFileSync(calls, 'utf8') : '';
  console.log(
    `  ${report.tunnel}, ${report.did}: ${report.why}; started: ${started
      .split('\n')
      .map((line) => line.split(' ')[0])
      .join(' ')}`,
  );
  return { report, started };
}

/** As if slot a had been booted and judged long ago; nothing is remembered. */
function judged(outcome: 'proven' | 'no-tunnel', memory: Partial<TendMemory> | null = null): void {
  rmSync(TEND, { force: true });
  writeFileSync(state, Buffer.alloc(65_536));
  const running = JSON.stringify(whileRunning(someState(), 'a')).replaceAll(bootInfo().bootId, BOOT_ID);
  const closed = { ...JSON.parse(running), current: null } as BootState;
  openStatePath(state).save({
    ...closed,
    history: closed.history.map((record) => ({ ...record, outcome, turn: 'order' })),
  });
  writeFileSync(
    '/run/lifeboot/boot.json',
    JSON.stringify(bootInfo({ bootId: BOOT_ID, slot: 'a', deploymentId: 'aaaa' })),
  );
  writeFileSync(VERDICT, JSON.stringify({ outcome, reason: 'by the test', at: null }));
  if (memory !== null) remember(memory);
}

function remember(memory: Partial<TendMemory>): void {
  writeFileSync(TEND, JSON.stringify({ ...freshMemory(0), ...memory }));
}

function recorded(): BootState {
  const reading = openStatePath(state).read();
  if (reading.kind !== 'valid') throw new Error(`the state is ${reading.kind}`);
  return reading.state;
}

function startTunnel(): ChildProcess {
  rmSync('/run/lifeboot/tunnel.ctl', { force: true });
  const tunnel = start(world.path('tunnel.out'), [process.execPath, MAIN, '--config', config, 'tunnel', 'run']);
  const check = ['-F', 'none', '-S', '/run/lifeboot/tunnel.ctl', '-O', 'check', 'nobody'];
  until('the tunnel is up', () => spawnSync('ssh', check).status === 0, 20_000);
  return tunnel;
}

spec('lifeboot tend', {
  'leaves a boot alone that has no verdict yet': () => {
    judged('proven');
    rmSync(VERDICT);
    const { report, started } = tend();
    assert.deepEqual([report.tunnel, report.did, started], ['unknown', 'nothing', '']);
  },
  'proves a good slot later in the boot that had its verdict without a tunnel': () => {
    world.far.startSshd('all');
    judged('no-tunnel');
    assert.equal(tend().report.tunnel, 'away');
    const tunnel = startTunnel();
    try {
      assert.deepEqual(
        [tend().report.did, recorded().history.at(-1)?.outcome],
        ['nothing', 'no-tunnel'],
        'not held yet',
      );
      sleepMs(2_500);
      assert.equal(tend().report.did, 'prove');
      assert.deepEqual([recorded().history.at(-1)?.outcome, recorded().history.at(-1)?.proof], ['proven', 'loop']);
      assert.equal(JSON.parse(readFileSync(VERDICT, 'utf8')).outcome, 'proven');
    } finally {
      end(tunnel);
    }
  },
  'starts no program, and writes nothing, while the proven ssh still runs': () => {
    world.far.startSshd('all');
    judged('proven');
    const first = startTunnel();
    try {
      assert.match(tend().started, /ssh/);
      const before = [readFileSync(TEND), readFileSync(state)];
      for (let call = 0; call < 3; call += 1) {
        const { report, started } = tend();
        assert.deepEqual([report.tunnel, report.did, started], ['unchanged', 'nothing', '']);
      }
      assert.ok([readFileSync(TEND), readFileSync(state)].every((now, at) => now.equals(before[at] as Buffer)));
    } finally {
      end(first);
    }
    assert.equal(tend().report.tunnel, 'away', 'the ssh that was proven is gone');
    const second = startTunnel();
    try {
      assert.match(tend().started, /ssh/, 'another ssh has to be proven anew');
    } finally {
      end(second);
    }
  },
  'leaves nothing of its own in memory: the tunnel is a plain ssh': () => {
    world.far.startSshd('all');
    judged('proven');
    const tunnel = startTunnel();
    try {
      assert.equal(tend().report.tunnel, 'proven');
      const said = must('ps', '-eo', 'comm,args', '--no-headers').split('\n');
      // The servers of both ends, this test, and children of its that have ended.
      const isOther = (line: string) => /^(ps|sshd) |<defunct>|tend\.test\.ts/.test(line);
      const left = said.filter((line) => line !== '' && !isOther(line));
      console.log(left.map((line) => `  ${line.slice(0, 150)}`).join('\n'));
      assert.ok(left.length === 1 && left.every((line) => /^ssh .*-M -S \/run\/lifeboot\/tunnel\.ctl/.test(line)));
    } finally {
      end(tunnel);
    }
  },
  'finds a server that froze at the next look: an ssh that runs is no proof': () => {
    world.far.startSshd('all');
    judged('proven');
    const tunnel = startTunnel();
    try {
      assert.equal(tend().report.tunnel, 'proven');
      for (const pid of world.far.pids()) process.kill(pid, 'SIGSTOP');
      assert.equal(tend().report.tunnel, 'unchanged');
      remember({ ...JSON.parse(readFileSync(TEND, 'utf8')), quietUntil: 1 });
      const { report } = tend();
      assert.equal(report.tunnel, 'away');
      assert.match(report.why, /the server is frozen/);
    } finally {
      for (const pid of world.far.pids()) process.kill(pid, 'SIGCONT');
      end(tunnel, 'SIGKILL');
    }
  },
  'restarts the tunnel at its time, once, and then the services of the network': () => {
    judged('proven', { away: 900, streak: 900 });
    assert.match(tend('--dry-run').report.did, /restartTunnel/);
    const first = tend();
    assert.equal(first.report.did, 'restartTunnel');
    assert.match(first.started, /^systemctl --no-ask-password restart -- lifeboot-tunnel\.service$/m);
    assert.equal(tend().report.did, 'nothing');
    remember({ ...JSON.parse(readFileSync(TEND, 'utf8')), away: 1800 });
    const second = tend();
    assert.equal(second.report.did, 'restartNetwork');
    assert.match(second.started, /^systemctl --no-ask-password try-restart -- NetworkManager\.service ModemManager/m);
  },
  'writes into the boot state what the next boot is for, and then asks for the reboot': () => {
    judged('proven', { away: 3400, streak: 3400, taken: ['tunnel', 'network'] });
    const { report, started } = tend();
    assert.equal(report.did, 'boot');
    assert.match(started, /^systemctl --force .*reboot$/m);
    const { ladder, outage } = recorded();
    assert.deepEqual(ladder.taken, ['tunnel', 'network', 'reboot']);
    assert.deepEqual(ladder.next, { purpose: 'reboot', slot: 'a', clean: false });
    assert.equal(outage?.slot, 'a');
    assert.equal(tend().report.did, 'reboot', 'it asks again, and for nothing else');
    assert.deepEqual(recorded().ladder, ladder);
  },
  'restarts what is stuck on this node: a stopped ssh comes back': () => {
    world.far.startSshd('all');
    judged('proven');
    const stuck = startTunnel();
    signal(stuck, 'SIGSTOP');
    remember({ away: 900, streak: 900 });
    const { report } = tend();
    assert.equal(report.did, 'restartTunnel');
    assert.match(report.why, /the ssh master on this node is stopped/);
    signal(stuck, 'SIGCONT');
    end(stuck, 'SIGKILL');
    const again = startTunnel();
    try {
      assert.equal(tend().report.tunnel, 'proven');
    } finally {
      end(again);
    }
  },
});
