/** The program itself, from its arguments to ssh and the boot state: `tunnel`, `confirm` and `proof` on a real tunnel. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BootState } from '../../../src/core/state/state.ts';
import { openStatePath } from '../../../src/platform/state/open-state.ts';
import { bootInfo, someState, whileRunning } from '../../support/fake-ports.ts';
import { spec } from '../../support/spec.ts';
import { enterPrivateWorld, must, until } from './support/private-world.ts';
import { end, start } from './support/programs.ts';
import { BOOT_ID, SshWorld } from './support/ssh-world.ts';

enterPrivateWorld(import.meta.filename);

const MAIN = join(import.meta.dirname, '../../../src/main.ts');
const world = new SshWorld();
const config = world.path('lifeboot.toml');
const state = world.path('state');
const VERDICT = '/run/lifeboot/verdict';

// If a verdict should ask for a reboot by mistake, it must not reach this machine.
if (existsSync('/proc/sysrq-trigger')) must('mount', '--bind', '/dev/null', '/proc/sysrq-trigger');
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
deadline = "30s"
hold = "0s"
`,
);

function lifeboot(...args: readonly string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  const argv = [MAIN, '--config', config, '--state', state, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', timeout: 60_000 });
  console.log(`  ${args.join(' ')}: ${status} ${stdout.trim()} ${stderr.trim()}`.replaceAll('\n', ' | '));
  return { status, stdout, stderr };
}

/** As if lifeboot had just booted `slot`, whose attempt is saved. */
function booted(slot: string): void {
  writeFileSync(state, Buffer.alloc(65_536));
  rmSync(VERDICT, { force: true });
  const running: BootState = JSON.parse(
    JSON.stringify(whileRunning(someState(), slot)).replaceAll(bootInfo().bootId, BOOT_ID),
  );
  openStatePath(state).save(running);
  const deploymentId = slot.repeat(4);
  writeFileSync('/run/lifeboot/boot.json', JSON.stringify(bootInfo({ bootId: BOOT_ID, slot, deploymentId })));
}

function recorded(slot: string) {
  const reading = openStatePath(state).read();
  if (reading.kind !== 'valid') throw new Error(`the state is ${reading.kind}`);
  return { slot: reading.state.slots[slot], last: reading.state.history.at(-1) };
}

/** The tunnel as its unit runs it, while `body` runs. */
function withTunnel(body: () => void): void {
  world.far.startSshd('all');
  const tunnel = start(world.path('tunnel.out'), [process.execPath, MAIN, '--config', config, 'tunnel', 'run']);
  try {
    until('the tunnel is up', () => existsSync('/run/lifeboot/tunnel.ctl'), 20_000);
    body();
  } finally {
    end(tunnel);
  }
}

spec('lifeboot', {
  'tunnel setup finds nothing to do the second time': () => {
    rmSync(world.path('home/.ssh/authorized_keys'));
    assert.equal(lifeboot('tunnel', 'setup').status, 0);
    assert.equal(lifeboot('tunnel', 'setup').status, 2);
  },
  'tunnel check proves the tunnel that tunnel run became': () => {
    withTunnel(() => {
      const { status, stdout } = lifeboot('tunnel', 'check', '--json');
      assert.deepEqual([status, JSON.parse(stdout)], [0, { kind: 'proven', level: 'loop', notes: [] }]);
    });
    assert.equal(lifeboot('tunnel', 'check').status, 1);
  },
  'confirm --wait makes the trial good, with no attempts used, and stops the deadline': () => {
    booted('b');
    withTunnel(() => {
      assert.equal(lifeboot('confirm', '--wait').status, 0);
      const { slot, last } = recorded('b');
      assert.deepEqual([slot?.health, slot?.attempts, slot?.proofLevel, slot?.provenId], ['good', 0, 'loop', 'bbbb']);
      assert.deepEqual([last?.outcome, last?.proof], ['proven', 'loop']);
      assert.equal(JSON.parse(readFileSync(VERDICT, 'utf8')).outcome, 'proven');
      const before = readFileSync(state);
      assert.equal(lifeboot('confirm', '--wait').status, 0);
      assert.ok(readFileSync(state).equals(before), 'the second time writes nothing');
    });
    assert.equal(lifeboot('confirm').status, 0, 'it already was proven');
  },
  'confirm --wait records no-tunnel for a good slot, which stays': () => {
    booted('a');
    world.far.startSshd('all', 'PubkeyAuthentication no');
    world.tryTunnel(world.config('0:localhost:22'));
    assert.equal(lifeboot('confirm', '--wait').status, 1);
    const { slot, last } = recorded('a');
    assert.deepEqual([slot?.health, last?.outcome], ['good', 'no-tunnel']);
    assert.match(last?.reason ?? '', /no ssh master: the server refused our key/);
    assert.equal(JSON.parse(readFileSync(VERDICT, 'utf8')).outcome, 'no-tunnel');
  },
  'confirm --stopped gives the attempt of a clean reboot back': () => {
    booted('b');
    assert.equal(recorded('b').slot?.attempts, 1);
    assert.equal(lifeboot('confirm', '--stopped').status, 0);
    assert.equal(recorded('b').slot?.attempts, 0);
  },
  'proof BOOTID proves this boot at level remote': () => {
    booted('b');
    assert.equal(lifeboot('proof', '0'.repeat(32)).status, 1);
    assert.equal(recorded('b').slot?.health, 'trial');
    assert.equal(lifeboot('proof', BOOT_ID).status, 0);
    assert.deepEqual([recorded('b').slot?.health, recorded('b').slot?.proofLevel], ['good', 'remote']);
    assert.ok(existsSync(VERDICT));
  },
});
