/** A list of names and addresses in `[tunnel] host`: each has its turn, and each is pinned by the key of the first. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spec } from '../../support/spec.ts';
import { FAR, FAR_PORT } from './support/far-end.ts';
import { enterPrivateWorld, must } from './support/private-world.ts';
import { SshWorld } from './support/ssh-world.ts';

enterPrivateWorld(import.meta.filename);

const world = new SshWorld();
/** The name of the server; no name service knows it. */
const NAME = 'bastion.invalid';
const config = world.config('0:localhost:22', { host: NAME, otherHosts: [FAR] });

function pin(...lines: readonly string[]): void {
  writeFileSync(world.path('known_hosts'), lines.map((line) => `${line}\n`).join(''));
  rmSync('/run/lifeboot/tunnel.target', { force: true });
}

function keyOf(name: string): string {
  return readFileSync(world.path(`${name}.pub`), 'utf8')
    .split(' ')
    .slice(0, 2)
    .join(' ');
}

/** What one round over all targets says. */
function roundSays(): string {
  const round = [1, 2, 3].map(() => {
    world.tryTunnel(config);
    return readFileSync('/run/lifeboot/tunnel.log', 'utf8');
  });
  return round.join('');
}

spec('a list in [tunnel] host', {
  'reaches the server by its address when its name does not resolve': () => {
    world.far.startSshd('all');
    pin(`[${NAME}]:${FAR_PORT} ${keyOf('far_host_key')}`);
    world.tryTunnel(config);
    assert.match(readFileSync('/run/lifeboot/tunnel.log', 'utf8'), /Could not resolve hostname/);
    world.openTunnel(config);
    world.untilProven(config);
    world.stopTunnel();
    // What ended that run says nothing against the address: it has the next turn, too.
    world.openTunnel(config);
    world.stopTunnel();
  },
  'refuses another host key at every address': () => {
    pin(`[${NAME}]:${FAR_PORT} ${keyOf('other_host_key')}`);
    assert.match(roundSays(), /REMOTE HOST IDENTIFICATION HAS CHANGED/);
  },
  'does not take a key that is pinned for the address alone': () => {
    pin(`[${FAR}]:${FAR_PORT} ${keyOf('far_host_key')}`);
    assert.match(roundSays(), /Host key verification failed/);
  },
  'takes a certificate for the name, signed by an authority that is pinned by the plain name': () => {
    const key = world.path('far_host_key');
    must('ssh-keygen', '-q', '-s', world.path('other_host_key'), '-I', 'far', '-h', '-n', NAME, `${key}.pub`);
    world.far.startSshd('all', `HostCertificate ${key}-cert.pub`);
    pin(`@cert-authority ${NAME} ${keyOf('other_host_key')}`);
    for (const attempt of [1, 2]) assert.notEqual(world.tryTunnel(config).status, 0, `attempt ${attempt}`);
    world.openTunnel(config);
    world.untilProven(config);
    world.stopTunnel();
  },
});
