import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/core/config/parse-config.ts';
import { tunnelCommand } from '../../../src/core/ssh/ssh-command.ts';
import { nextTarget, tunnelTargets } from '../../../src/core/ssh/tunnel-targets.ts';
import { spec } from '../../support/spec.ts';

const PLACES = { ssh: '/usr/bin/ssh', control: '/run/lifeboot/tunnel.ctl', log: '/run/lifeboot/tunnel.log' };

/** The tunnel of a configuration with these lines. */
function tunnelOf(...lines: readonly string[]) {
  const text = ['[slots.a]', 'root = "/dev/x"', '[tunnel]', 'user = "n"', 'forward = "0:localhost:22"', ...lines];
  const { config, problems } = parseConfig(text.join('\n'), 'lifeboot.toml');
  return { tunnel: config.tunnel, problems };
}

function targetsOf(...lines: readonly string[]): readonly string[] {
  const { tunnel } = tunnelOf(...lines);
  assert.ok(tunnel !== null);
  return tunnelTargets(tunnel).map(({ host, alias }) => `${host} as ${alias}`);
}

spec('tunnelTargets()', {
  'has one for a host that stands alone': () => {
    assert.deepEqual(targetsOf('host = "bastion.example.org"'), ['bastion.example.org as null']);
  },
  'pins every further address by the name of the first': () => {
    assert.deepEqual(targetsOf('host = ["bastion.example.org", "192.0.2.7", "2001:db8::7"]'), [
      'bastion.example.org as null',
      '192.0.2.7 as bastion.example.org',
      '2001:db8::7 as bastion.example.org',
    ]);
  },
  'asks for both spellings of the name at another port': () => {
    assert.deepEqual(targetsOf('host = ["b.example", "192.0.2.7"]', 'port = 49190'), [
      'b.example as null',
      '192.0.2.7 as [b.example]:49190',
      '192.0.2.7 as b.example',
    ]);
  },
  'leaves an alias of the configuration alone': () => {
    const lines = ['host = ["b.example", "192.0.2.7"]', 'options = ["hostKeyAlias=pin"]'];
    assert.deepEqual(targetsOf(...lines), ['b.example as null', '192.0.2.7 as null']);
  },
  'takes nothing away from the pinning, whichever has its turn': () => {
    const { tunnel } = tunnelOf('host = ["b.example", "192.0.2.7"]');
    assert.ok(tunnel !== null);
    for (const target of tunnelTargets(tunnel)) {
      const line = tunnelCommand(tunnel, PLACES, target).join(' ');
      assert.match(line, /StrictHostKeyChecking=yes/);
      assert.match(line, /UserKnownHostsFile=\/etc\/lifeboot\/known_hosts/);
      assert.equal(/HostKeyAlias=(\S+)/.exec(line)?.[1] ?? null, target.alias);
      assert.ok(line.endsWith(` -- ${target.host}`));
    }
  },
  'drops what is no host, and keeps the others': () => {
    const { tunnel, problems } = tunnelOf('host = ["-oProxyCommand=x", "b.example"]');
    assert.equal(tunnel?.host, 'b.example');
    assert.match(problems.join('\n'), /'tunnel\.host\.0': found '-oProxyCommand=x'; expected a host name/);
    assert.equal(tunnelOf('host = []').tunnel, null);
  },
});

spec('nextTarget()', {
  'begins with the first, and goes round': () => {
    const refused = 'ssh: connect to host b.example port 22: Connection refused';
    assert.equal(nextTarget(3, null, ''), 0);
    assert.equal(nextTarget(3, 0, refused), 1);
    assert.equal(nextTarget(3, 2, refused), 0);
    assert.equal(nextTarget(1, 0, refused), 0);
  },
  'goes on after a name that does not resolve and a host key that is not pinned': () => {
    for (const said of [
      'ssh: Could not resolve hostname b.example: Temporary failure in name resolution',
      'No ED25519 host key is known for b.example and you have requested strict checking.',
      'something that nobody knows',
    ]) {
      assert.equal(nextTarget(2, 0, said), 1);
    }
  },
  'stays where the server let us in': () => {
    for (const said of [
      '',
      'Error: remote port forwarding failed for listen port 2222',
      'Allocated port 40123 for remote forward to localhost:22',
      'client_loop: send disconnect: Broken pipe',
      'Timeout, server b.example not responding.',
      'Connection to b.example closed by remote host.',
    ]) {
      assert.equal(nextTarget(2, 1, said), 1);
    }
  },
  'begins anew when the list became shorter or the file holds nonsense': () => {
    assert.equal(nextTarget(2, 5, 'x'), 0);
    assert.equal(nextTarget(2, Number.NaN, 'x'), 0);
  },
});
