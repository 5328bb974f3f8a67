/** Becoming ssh, and what keeps `lifeboot tunnel run` from it; and the set-up of the self-check. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { TunnelConfig } from '../../../src/core/config/config.ts';
import { spec } from '../../support/spec.ts';
import { enterPrivateWorld, must } from './support/private-world.ts';
import { readlinkOr } from './support/proc.ts';
import { SshWorld } from './support/ssh-world.ts';

enterPrivateWorld(import.meta.filename);

const world = new SshWorld();
const config = world.config('0:localhost:22');
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

/** `lifeboot tunnel run` ends at once and says `words`. */
function refuses(change: Partial<TunnelConfig>, words: RegExp): void {
  const { status, said } = world.tryTunnel({ ...config, ...change });
  assert.notEqual(status, 0);
  assert.match(said, words);
}

/** A copy of the tunnel key that a test may spoil. */
function spoiledKey(spoil: (path: string) => void): string {
  const path = world.path('spoiled_key');
  rmSync(path, { force: true });
  writeFileSync(path, readFileSync(world.path('tunnel_key')), { mode: 0o600 });
  spoil(path);
  return path;
}

spec('Tunnel.become()', {
  'leaves no process but ssh, and its pid where the proof finds it': () => {
    world.far.startSshd('all');
    world.openTunnel(config);
    const pid = readFileSync('/run/lifeboot/tunnel.pid', 'utf8').trim();
    assert.match(readlinkOr(`/proc/${pid}/exe`) ?? '', /\/ssh$/);
    assert.match(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /ssh\0-F\0none\0-N\0/);
    assert.equal(mode('/run/lifeboot/tunnel.log'), '600');
    world.stopTunnel();
  },
  'keeps what the ssh before it said': () => {
    world.far.stopSshd();
    world.tryTunnel(config);
    world.tryTunnel(config);
    for (const name of ['tunnel.log', 'tunnel.log.1']) {
      assert.match(readFileSync(`/run/lifeboot/${name}`, 'utf8'), /Connection refused/);
    }
  },
  'waits before it asks a busy server again': () => {
    world.far.startSshd('all');
    writeFileSync('/run/lifeboot/tunnel.log', 'Error: remote port forwarding failed for listen port 4022\n');
    const fromMs = performance.now();
    world.startTunnel(config);
    world.untilProven(config, 40_000);
    assert.ok(performance.now() - fromMs > 3_000);
    world.stopTunnel();
  },
  'refuses a key that others could read, or that is not there': () => {
    refuses({ identity: world.path('nowhere') }, /\[tunnel\] identity: there is no file '\S+nowhere'/);
    refuses({ identity: world.dir }, /there is no file/);
    refuses(
      { identity: spoiledKey((path) => chmodSync(path, 0o640)) },
      /others may read the tunnel key '\S+' \(mode 640\)/,
    );
    refuses({ identity: spoiledKey((path) => chownSync(path, 1234, 0)) }, /belongs to user 1234/);
  },
  'refuses host keys that are missing, empty or writable by others': () => {
    const hosts = world.path('other_hosts');
    refuses({ knownHosts: hosts }, /\[tunnel\] known_hosts: there is no file/);
    writeFileSync(hosts, '');
    refuses({ knownHosts: hosts }, /'\S+other_hosts' is empty/);
    writeFileSync(hosts, 'x');
    chmodSync(hosts, 0o666);
    refuses({ knownHosts: hosts }, /others may write/);
    refuses({ certificate: world.path('nowhere') }, /\[tunnel\] certificate: there is no file/);
  },
  'refuses a host that is an option': () => {
    refuses({ host: '-oProxyCommand=id' }, /\[tunnel\] host is '-oProxyCommand=id'/);
  },
});

spec('Tunnel.setUp()', {
  'makes the key and its line with the right modes, and nothing the second time': () => {
    const key = world.path('new/selfcheck');
    const home = world.path('home/.ssh');
    rmSync(home, { recursive: true });
    const fresh = { ...config, selfcheckKey: key };
    assert.equal(world.port.setUp(fresh).length, 2);
    assert.deepEqual([key, `${key}.pub`, home, `${home}/authorized_keys`].map(mode), ['600', '644', '700', '600']);
    assert.deepEqual(world.port.setUp(fresh), []);
    rmSync(`${key}.pub`);
    assert.deepEqual(world.port.setUp(fresh), []);
  },
  'keeps the lines of others, their mode, and a link': () => {
    const keys = world.path('home/.ssh/authorized_keys');
    const real = world.path('kept_keys');
    writeFileSync(real, 'ssh-rsa AAAA operator');
    chmodSync(real, 0o640);
    rmSync(keys);
    symlinkSync(real, keys);
    assert.equal(world.port.setUp(config).length, 1);
    const [first, second, end] = readFileSync(real, 'utf8').split('\n');
    assert.equal(first, 'ssh-rsa AAAA operator');
    assert.match(second ?? '', /^restrict,command="lifeboot proof --echo" ssh-ed25519 \S+ lifeboot-selfcheck$/);
    assert.deepEqual([end, mode(real), readlinkOr(keys)], ['', '640', real]);
  },
  'takes over after a run that was cut off': () => {
    const key = world.path('cut/selfcheck');
    mkdirSync(world.path('cut'));
    writeFileSync(`${key}.lifeboot-new`, 'half a key');
    world.port.setUp({ ...config, selfcheckKey: key });
    assert.equal(spawnSync('ssh-keygen', ['-y', '-f', key]).status, 0);
    assert.equal(existsSync(`${key}.lifeboot-new`), false);
  },
  'follows the sshd of the node to where it looks for keys': () => {
    writeFileSync('/etc/ssh/sshd_config', `AuthorizedKeysFile ${world.dir}/keys-of-%u\n`);
    must('sshd', '-t');
    assert.deepEqual(world.port.setUp(config), [`allowed the self-check key in '${world.dir}/keys-of-root'`]);
    rmSync('/etc/ssh/sshd_config');
  },
  'fails for an account that is not there': () => {
    assert.throws(() => world.port.setUp({ ...config, selfcheckUser: 'nobody-at-all' }), { code: 'CONFIG' });
  },
  'fails for a key that is no key, and keeps it': () => {
    const key = world.path('broken_key');
    writeFileSync(key, 'nonsense', { mode: 0o600 });
    assert.throws(() => world.port.setUp({ ...config, selfcheckKey: key }), { code: 'IO' });
    assert.equal(readFileSync(key, 'utf8'), 'nonsense');
    renameSync(key, `${key}.old`);
  },
});
