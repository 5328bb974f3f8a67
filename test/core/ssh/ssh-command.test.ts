import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TunnelConfig } from '../../../src/core/config/config.ts';
import { BootError } from '../../../src/core/errors.ts';
import { forwardProbe, loginCommand, tunnelCommand } from '../../../src/core/ssh/ssh-command.ts';
import { spec } from '../../support/spec.ts';

const TUNNEL: TunnelConfig = {
  host: 'bastion.example.org',
  otherHosts: [],
  port: 49190,
  user: 'node-W023',
  identity: '/etc/lifeboot/tunnel_key',
  certificate: null,
  knownHosts: '/etc/lifeboot/known_hosts',
  forward: '/home_dirs/node-W023/rtun.sock:localhost:22',
  proof: 'auto',
  options: [],
  selfcheckKey: '/etc/lifeboot/selfcheck_key',
  selfcheckUser: 'root',
};
const PLACES = { ssh: '/usr/bin/ssh', control: '/run/lifeboot/tunnel.ctl', log: '/run/lifeboot/tunnel.log' };

const line = (change: Partial<TunnelConfig> = {}): string => tunnelCommand({ ...TUNNEL, ...change }, PLACES).join(' ');
const has = (text: string, ...parts: readonly string[]): void => {
  for (const part of parts) assert.ok(` ${text} `.includes(` ${part} `), `'${part}' in '${text}'`);
};

spec('tunnelCommand()', {
  'trusts the pinned host keys and nothing else': () => {
    has(
      line(),
      '-F none',
      '-o StrictHostKeyChecking=yes',
      '-o GlobalKnownHostsFile=none',
      '-o UserKnownHostsFile=/etc/lifeboot/known_hosts',
      '-o UpdateHostKeys=no',
      '-o CheckHostIP=no',
      '-o VerifyHostKeyDNS=no',
    );
  },
  'never asks, and shows no key but its own': () => {
    has(
      line({ certificate: '/etc/lifeboot/tunnel_key-cert.pub' }),
      '-o BatchMode=yes',
      '-o IdentitiesOnly=yes',
      '-o IdentityAgent=none',
      '-o PasswordAuthentication=no',
      '-o ForwardAgent=no',
      '-i /etc/lifeboot/tunnel_key',
      '-o CertificateFile=/etc/lifeboot/tunnel_key-cert.pub',
    );
  },
  'is a master that fails with its forward and notices a dead server': () => {
    has(
      line(),
      '-N -T -n -M -S /run/lifeboot/tunnel.ctl',
      '-o ControlPersist=no',
      '-o ExitOnForwardFailure=yes',
      '-o ServerAliveInterval=15',
      '-o ServerAliveCountMax=3',
      '-R /home_dirs/node-W023/rtun.sock:localhost:22',
    );
    assert.match(line(), / -p 49190 -l node-W023 .* -- bastion\.example\.org$/);
  },
  'lets the listed options be tuned, each once': () => {
    const tuned = line({ options: ['serveraliveinterval=60', 'Ciphers=aes128-ctr,aes256-ctr'] });
    has(tuned, '-o ServerAliveInterval=60', '-o Ciphers=aes128-ctr,aes256-ctr');
    assert.equal(tuned.match(/ServerAliveInterval/gi)?.length, 1);
  },
  'refuses other options by name': () => {
    const refused = [
      'ProxyCommand=sh -c id',
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
      'LocalCommand=x',
    ];
    for (const option of [...refused, 'PermitLocalCommand=yes', 'KnownHostsCommand=x', 'nonsense']) {
      const name = option.split('=')[0] ?? '';
      assert.throws(() => line({ options: [option] }), {
        code: 'CONFIG',
        message: `[tunnel] options has '${name}', which may not be set there`,
      });
    }
    for (const option of ['Ciphers', 'Ciphers=', 'Ciphers=a b', 'HostKeyAlias="x']) {
      assert.throws(() => line({ options: [option] }), {
        code: 'CONFIG',
        message: /expected '(Ciphers|HostKeyAlias)=VALUE'/,
      });
    }
  },
  'refuses a host, user or path that ssh would read as something else': () => {
    const wrong: readonly Partial<TunnelConfig>[] = [
      { host: '-oProxyCommand=id' },
      { host: 'a b' },
      { host: 'user@host' },
      { user: '-l' },
      { user: '' },
      { selfcheckUser: '-x' },
      { port: 0 },
      { port: 65_536 },
      { identity: 'relative' },
      { knownHosts: '/a b' },
      { knownHosts: '/a/%h' },
      { certificate: '/a"b' },
      { selfcheckKey: '/$HOME' },
      { forward: 'x' },
    ];
    for (const change of wrong) {
      assert.throws(
        () => line(change),
        { code: 'CONFIG', message: /^\[tunnel\] [a-z_]+ is '/ },
        JSON.stringify(change),
      );
    }
  },
  'lets no text of the configuration become an option': () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('-oProxyCommand=id', '--', '-', 'host', 'a b', '/x', 'ProxyCommand=id'),
    );
    const some = fc.record({
      host: text,
      user: text,
      identity: text,
      knownHosts: text,
      forward: text,
      options: fc.array(text),
    });
    const usual = tunnelCommand(TUNNEL, PLACES).filter((argument) => argument.startsWith('-'));
    fc.assert(
      fc.property(
        fc.subarray(['host', 'user', 'identity', 'knownHosts', 'forward', 'options'] as const),
        some,
        (keys, all) => {
          const change = Object.fromEntries(keys.map((key) => [key, all[key]]));
          let command: readonly string[];
          try {
            command = tunnelCommand({ ...TUNNEL, ...change }, PLACES);
          } catch (error) {
            assert.ok(error instanceof BootError && error.code === 'CONFIG');
            return;
          }
          assert.deepEqual(new Set(command.filter((argument) => argument.startsWith('-'))), new Set(usual));
        },
      ),
      { numRuns: 1000 },
    );
  },
});

spec('forwardProbe()', {
  'asks for a name that only the master can answer for': () => {
    const probe = forwardProbe('/usr/bin/ssh', '/run/c').join(' ');
    assert.equal(probe, '/usr/bin/ssh -F none -S /run/c -o ProxyCommand=false -v -W 127.0.0.1:1 lifeboot.invalid');
  },
});

spec('loginCommand()', {
  "compares with the node's own host keys and bypasses the master": () => {
    const places = { ssh: 'ssh', knownHosts: '/run/lifeboot/node_hosts', identity: '/etc/lifeboot/selfcheck_key' };
    const login = loginCommand(places, 'root', { host: 'localhost', port: 22 }, 20).join(' ');
    has(
      login,
      '-F none',
      '-o StrictHostKeyChecking=yes',
      '-o UserKnownHostsFile=/run/lifeboot/node_hosts',
      '-o HostKeyAlias=lifeboot-node',
      '-o ControlPath=none',
      '-o IdentitiesOnly=yes',
    );
    assert.match(login, / -i \/etc\/lifeboot\/selfcheck_key -p 22 -l root -- localhost lifeboot proof --echo$/);
  },
});
