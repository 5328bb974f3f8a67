/** What is wrong with the far end or the way to it: not proven within 30 s, each with its own words; and back again. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { TunnelSample } from '../../../src/core/judge/sample.ts';
import { spec } from '../../support/spec.ts';
import { enterPrivateWorld, must } from './support/private-world.ts';
import { SshWorld } from './support/ssh-world.ts';

enterPrivateWorld(import.meta.filename);

const world = new SshWorld();
const tcp = world.config('4022:localhost:22');
const socket = world.config(`${world.path('rtun.sock')}:localhost:22`);

/** One look in full, and a hasty one at each level: none is proven. */
function atEveryLevel(config: typeof tcp): TunnelSample {
  for (const proof of ['forward', 'loop'] as const) {
    assert.equal(world.sample({ ...config, proof }, world.hasty).kind, 'unproven');
  }
  return world.sample(config);
}

function says(sample: TunnelSample, kind: 'unproven' | 'busy' | 'clock', words: RegExp): void {
  assert.equal(sample.kind, kind, JSON.stringify(sample));
  if ('why' in sample) assert.match(sample.why, words);
}

/** A tunnel to a server that allows all, for the length of `body`. */
function withTunnel(config: typeof tcp, body: () => void, ...more: readonly string[]): void {
  world.far.startSshd('all', ...more);
  for (const old of [world.path('rtun.sock'), '/run/lifeboot/tunnel.log']) rmSync(old, { force: true });
  world.openTunnel(config);
  try {
    assert.equal(world.sample(config).kind, 'proven');
    body();
  } finally {
    world.stopTunnel();
  }
}

/** What `look` sees while something stands still. */
function stopped(signal: (name: 'SIGSTOP' | 'SIGCONT') => void, look: () => TunnelSample): TunnelSample {
  signal('SIGSTOP');
  try {
    return look();
  } finally {
    signal('SIGCONT');
  }
}

/** Starts a tunnel that cannot come up, waits until ssh has given up, and looks. */
function afterFailedStart(config: typeof tcp): TunnelSample {
  world.tryTunnel(config);
  return world.sample(config);
}

spec('Tunnel.sample(): trouble at the far end', {
  'says that there is no ssh master, and why': () => {
    for (const name of readdirSync('/run/lifeboot')) rmSync(`/run/lifeboot/${name}`);
    says(world.sample(tcp), 'unproven', /^no ssh master: 'lifeboot tunnel run' has not started ssh in this boot$/);
    says(
      afterFailedStart(tcp),
      'unproven',
      /^no ssh master: cannot connect to '10\.77\.0\.2' port 2200: Connection refused$/,
    );
  },
  'is proven again after kill -9 of the tunnel and its restart': () => {
    withTunnel(socket, () => {
      world.stopTunnel('SIGKILL');
      assert.ok(existsSync('/run/lifeboot/tunnel.ctl'), 'the dead master leaves its socket');
      says(world.sample(socket), 'unproven', /^no ssh master: ssh was ended, and is not back yet$/);
      rmSync(world.path('rtun.sock'));
      world.startTunnel(socket);
      world.untilProven(socket);
    });
  },
  'refuses to run a second tunnel beside the first': () => {
    withTunnel(tcp, () => {
      const { status, said } = world.tryTunnel(tcp);
      assert.notEqual(status, 0);
      assert.match(said, /a tunnel already runs at '\/run\/lifeboot\/tunnel\.ctl'/);
      assert.equal(world.sample(tcp).kind, 'proven');
    });
  },
  'tells a frozen server': () => {
    withTunnel(tcp, () => {
      const pids = world.far.pids();
      assert.ok(pids.length >= 2);
      const frozen = stopped(
        (name) => pids.forEach((pid) => void process.kill(pid, name)),
        () => atEveryLevel(tcp),
      );
      says(frozen, 'unproven', /^the server is frozen: its kernel takes our packets/);
      assert.equal(world.sample(tcp).kind, 'proven');
    });
  },
  'tells a link that drops all packets': () => {
    withTunnel(tcp, () => {
      world.far.dropPackets();
      const cut = atEveryLevel(tcp);
      world.far.passPackets();
      says(cut, 'unproven', /^the link drops packets: what we send to the server is not acknowledged/);
    });
  },
  'tells a stopped sshd of the node that still takes connections, at both levels': () => {
    withTunnel(tcp, () => {
      const frozen = stopped(
        (name) => world.node.signalSshd(name),
        () => atEveryLevel(tcp),
      );
      says(frozen, 'unproven', /^the node's sshd at localhost port 22 did not answer the login in time/);
    });
  },
  'says that the tunnel process itself is stopped': () => {
    withTunnel(tcp, () => {
      const frozen = stopped(
        (name) => world.signalTunnel(name),
        () => world.sample(tcp, world.hasty),
      );
      says(frozen, 'unproven', /^the ssh master on this node is stopped/);
    });
  },
  'tells a wrong host key from a missing one': () => {
    world.far.startSshd('all');
    world.far.pin('other_host_key');
    says(afterFailedStart(tcp), 'unproven', /^no ssh master: WRONG HOST KEY: the server has another host key/);
    writeFileSync(world.path('known_hosts'), '# nobody\n');
    says(afterFailedStart(tcp), 'unproven', /^no ssh master: the host key of '\[10\.77\.0\.2\]:2200' is not pinned/);
    world.far.pin('far_host_key');
  },
  'tells a refused key': () => {
    world.far.startSshd('all', 'PubkeyAuthentication no');
    says(afterFailedStart(tcp), 'unproven', /^no ssh master: the server refused our key/);
  },
  'calls it busy when an older connection holds the port or the socket': () => {
    for (const config of [tcp, socket]) {
      withTunnel(config, () => {
        // The connection that nobody ended: the node was cut off, and the server has not noticed yet.
        rmSync('/run/lifeboot/tunnel.ctl');
        says(
          afterFailedStart(config),
          'busy',
          /^no ssh master: the server refused the forward \((port 4022|path \S+)\): an older/,
        );
      });
    }
  },
  'calls it the clock when a host certificate is refused for its dates': () => {
    must('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', world.path('ca'));
    world.far.pin('ca', true);
    for (const [dates, words] of [
      [
        '20200101:20200201',
        /^no ssh master: the server's host certificate was refused for its dates alone \(expired\)/,
      ],
      ['20990101:20990201', /\(not yet valid\)/],
    ] as const) {
      must(
        'ssh-keygen',
        '-q',
        '-s',
        world.path('ca'),
        '-h',
        '-I',
        'far',
        '-n',
        '10.77.0.2',
        '-V',
        dates,
        world.path('far_host_key.pub'),
      );
      world.far.startSshd('all', `HostCertificate ${world.path('far_host_key-cert.pub')}`);
      says(afterFailedStart(tcp), 'clock', words);
    }
    must(
      'ssh-keygen',
      '-q',
      '-s',
      world.path('ca'),
      '-h',
      '-I',
      'far',
      '-n',
      'other.example',
      world.path('far_host_key.pub'),
    );
    world.far.startSshd('all', `HostCertificate ${world.path('far_host_key-cert.pub')}`);
    says(
      afterFailedStart(tcp),
      'unproven',
      /^no ssh master: the server's host certificate was refused: name is not a listed principal$/,
    );
    world.far.pin('far_host_key');
  },
  'says that the socket on the server is gone, where the loop was seen before': () => {
    withTunnel(socket, () => {
      rmSync(world.path('rtun.sock'));
      says(world.sample(socket), 'unproven', /nobody listens at the server's end of the forward/);
    });
  },
});
