/** What is wrong on the node: never proven, at any level, within 30 s, each with its own words. */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { authorizedLine } from '../../../src/core/ssh/proof-echo.ts';
import { spec } from '../../support/spec.ts';
import { enterPrivateWorld, must } from './support/private-world.ts';
import { SshWorld } from './support/ssh-world.ts';

enterPrivateWorld(import.meta.filename);

const world = new SshWorld();
world.far.startSshd('all');
const tcp = world.config('4022:localhost:22');
world.openTunnel(tcp);

/** The words for what is wrong, the same at both levels but for the way that led there. */
function why(): string {
  const said = (['auto', 'forward'] as const).map((proof) => {
    const sample = world.sample({ ...tcp, proof });
    assert.equal(sample.kind, 'unproven');
    return sample.kind === 'unproven' ? sample.why : '';
  });
  assert.equal(said[0], said[1]);
  return said[0] ?? '';
}

/** With `breakIt` done, the words match; with `mendIt` done, the node is proven again. */
function trouble(breakIt: () => void, mendIt: () => void, words: RegExp): void {
  assert.equal(world.sample(tcp).kind, 'proven');
  breakIt();
  try {
    assert.match(why(), words);
  } finally {
    mendIt();
  }
  assert.equal(world.sample(tcp).kind, 'proven');
}

const keys = () => world.path('home/.ssh/authorized_keys');
const pam = (account: 'permit' | 'deny', session: 'permit' | 'deny') => () => world.node.setPam({ account, session });

spec('Tunnel.sample(): trouble on the node', {
  'says that no sshd listens': () =>
    trouble(
      () => world.node.stopSshd(),
      () => world.node.startSshd(),
      /^no sshd listens at localhost port 22 on this node/,
    ),
  'says that PAM denies the account': () =>
    trouble(pam('deny', 'permit'), pam('permit', 'permit'), /PAM or an account rule denies 'root'$/),
  'says that PAM opens no session': () =>
    trouble(pam('permit', 'deny'), pam('permit', 'permit'), /PAM refused to open a session$/),
  'says that the login shell is missing': () =>
    trouble(
      () => world.node.setShell('/bin/no-such-shell'),
      () => world.node.setShell('/bin/bash'),
      /refused the self-check key for 'root': the login shell '\/bin\/no-such-shell' of 'root' is missing$/,
    ),
  'says what a shell does that does not run the echo': () =>
    trouble(
      () => world.node.setShell('/usr/sbin/nologin'),
      () => world.node.setShell('/bin/bash'),
      /did not answer \(status 1\): This account is currently not available\.$/,
    ),
  'says that the home directory is missing': () =>
    trouble(
      () => renameSync(world.path('home'), world.path('away')),
      () => renameSync(world.path('away'), world.path('home')),
      /the home directory '\S+' of 'root' is missing$/,
    ),
  'says that the self-check line is missing': () =>
    trouble(
      () => rmSync(keys()),
      () => void world.port.setUp(tcp),
      /authorized_keys' has no self-check line/,
    ),
  'points at the rules of sshd when the account is in order': () =>
    trouble(
      () => world.node.restartSshd('AllowUsers somebody'),
      () => world.node.restartSshd(),
      /refused the self-check key for 'root': the account is in order, so see PermitRootLogin, AllowUsers/,
    ),
  'says that lifeboot is missing in the session': () =>
    trouble(
      () => renameSync(world.path('bin/lifeboot'), world.path('bin/gone')),
      () => renameSync(world.path('bin/gone'), world.path('bin/lifeboot')),
      /its shell finds no 'lifeboot'/,
    ),
  'does not take the boot id of another boot': () => {
    const other = '0'.repeat(32);
    trouble(
      () => {
        renameSync(world.path('bin/lifeboot'), world.path('bin/kept'));
        writeFileSync(world.path('bin/lifeboot'), `#!/bin/sh\necho lifeboot-proof ${other}\n`);
        chmodSync(world.path('bin/lifeboot'), 0o755);
      },
      () => renameSync(world.path('bin/kept'), world.path('bin/lifeboot')),
      /is on another boot \('0{32}'\)/,
    );
  },
  'does not take another host for its own': () => {
    const pub = '/etc/ssh/ssh_host_ed25519_key.pub';
    const own = readFileSync(pub, 'utf8');
    trouble(
      () => writeFileSync(pub, readFileSync(world.path('other_host_key.pub'), 'utf8')),
      () => writeFileSync(pub, own),
      /^WRONG HOST KEY at localhost port 22/,
    );
  },
  'says that the self-check key is missing': () =>
    trouble(
      () => renameSync(tcp.selfcheckKey, `${tcp.selfcheckKey}.away`),
      () => renameSync(`${tcp.selfcheckKey}.away`, tcp.selfcheckKey),
      /^the self-check key '\S+' is missing: run 'lifeboot tunnel setup'$/,
    ),
  'lets the self-check key do nothing but the echo': () => {
    const answer = must(
      'ssh',
      '-F',
      'none',
      '-o',
      'BatchMode=yes',
      '-o',
      'StrictHostKeyChecking=yes',
      '-o',
      'HostKeyAlias=lifeboot-node',
      '-o',
      'UserKnownHostsFile=/run/lifeboot/node_hosts',
      '-i',
      tcp.selfcheckKey,
      'root@127.0.0.1',
      'touch /run/world/opened; cat /etc/shadow',
    );
    assert.match(answer, /^lifeboot-proof [0-9a-f]{32}\n$/);
    const line = authorizedLine(must('ssh-keygen', '-y', '-f', tcp.selfcheckKey));
    assert.equal(readFileSync(keys(), 'utf8'), `${line}\n`);
  },
});
