/** Which level is proven, for each kind of forward and each kind of server. */
import assert from 'node:assert/strict';
import { spec } from '../../support/spec.ts';
import type { Permits } from './support/far-end.ts';
import { enterPrivateWorld } from './support/private-world.ts';
import { SshWorld } from './support/ssh-world.ts';

enterPrivateWorld(import.meta.filename);

const KINDS = ['0:localhost:22', '4022:localhost:22', '127.0.0.1:4023:127.0.0.1:22', 'SOCKET:localhost:22'] as const;

const world = new SshWorld();
let running: Permits | null = null;
const level = (permits: Permits, proof: 'auto' | 'forward' | 'loop', kind: string) => {
  const forward = kind.replace('SOCKET', world.path(`rtun-${permits}-${proof}.sock`));
  const config = world.config(forward, { proof });
  if (permits !== running) world.far.startSshd(permits);
  running = permits;
  world.openTunnel(config);
  try {
    const sample = world.sample(config);
    assert.equal(sample.kind, 'proven', 'why' in sample ? sample.why : '');
    return sample.kind === 'proven' ? [sample.level, ...sample.notes] : [];
  } finally {
    world.stopTunnel();
  }
};
spec('Tunnel.sample(): levels', {
  'proves the loop through a server that allows all': () => {
    for (const kind of KINDS) {
      assert.deepEqual(level('all', 'loop', kind), ['loop']);
      assert.deepEqual(level('all', 'auto', kind), ['loop']);
    }
  },
  'proves the forward when that is all that is asked': () => {
    for (const kind of KINDS) assert.deepEqual(level('all', 'forward', kind), ['forward']);
    assert.deepEqual(level('remote', 'forward', '0:localhost:22'), ['forward']);
  },
  'falls back to the forward, with a note, where the server allows remote forwards only': () => {
    for (const kind of KINDS) {
      for (const proof of ['auto', 'loop'] as const) {
        const [got, note, ...more] = level('remote', proof, kind);
        assert.deepEqual([got, more], ['forward', []]);
        assert.match(note ?? '', /^proof level 'forward' instead of 'loop': the server permits remote forwards only/);
      }
    }
  },
  'finds the end of a forward with an address where the server really put it': () => {
    // 10.77.0.2 is what is asked for; without GatewayPorts sshd listens on its loopback all the same.
    const [got, note] = level('all', 'auto', '10.77.0.2:4024:localhost:22');
    assert.equal(got, 'loop');
    assert.equal(note, "the server listens at 'localhost:4024' instead of '10.77.0.2:4024' (its GatewayPorts)");
  },
  'uses the port that the server chose, and asks for no second one': () => {
    world.openTunnel(world.config('0:localhost:22'));
    try {
      const before = world.far.ports();
      assert.equal(world.sample(world.config('0:localhost:22')).kind, 'proven');
      assert.deepEqual(world.far.ports(), before);
      assert.equal(before.length, 2, 'its own and that of the forward');
    } finally {
      world.stopTunnel();
    }
  },
  'allows two looks at the same time': () => {
    const config = world.config('4025:localhost:22');
    world.openTunnel(config);
    try {
      const others = [1, 2, 3].map(() => world.startLook(config));
      assert.equal(world.sample(config).kind, 'proven');
      for (const other of others) assert.equal(world.endOfLook(other), 'proven');
    } finally {
      world.stopTunnel();
    }
  },
});
