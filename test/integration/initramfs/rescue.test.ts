/** Rescue in a network of its own: addresses from everywhere, every port, the pinned server, a shell behind it, its end. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spec } from '../../support/spec.ts';
import { enterPrivateWorld, must, until } from '../tunnel/support/private-world.ts';
import { NAME, RescueWorld } from './rescue-world.ts';

enterPrivateWorld(import.meta.filename);

const world = new RescueWorld();
world.addPort('w1', '10.77.1.1/24', 'fd77::1/64');
world.startFarSshd();

const dhcp = [
  'dhcp-range=10.77.1.50,10.77.1.60,255.255.255.0,2h',
  'dhcp-option=3,10.77.1.1',
  'dhcp-option=6,10.77.1.9',
];

/** An operator is in, and the node is what he thinks it is. */
function assertReached(): void {
  world.untilSaid(/the tunnel is up/);
  const { status, out } = world.login('echo in-rescue; cat /run/lifeboot/rescue.now');
  assert.equal(status, 0, world.said());
  assert.match(out, /^in-rescue\nends\t\d+\nport\tw\d\nhost\t/);
}

const leftOvers = (): string => must('sh', '-c', 'ip -o addr show scope global; ip route; pgrep -x udhcpc || :').trim();

spec('rescue', {
  'waits for a DHCP server for as long as it takes, then is reached through its tunnel, with a key alone': () => {
    world.bake({ host: ['10.77.1.1'] });
    world.startRescue({ LIFEBOOT_ADDRESS_WAIT: '5' });
    world.untilSaid(/'w1' was given no address.*'w1' was given no address/s);
    world.offer('w1', ...dhcp);
    assertReached();
    assert.match(world.said(), /port 'w1' has 10\.77\.1\.(5\d|60)\/24/);
    const { out } = world.login('cat /etc/resolv.conf; ip route; id -u; echo $PATH');
    assert.match(out, /^nameserver 10\.77\.1\.9\ndefault via 10\.77\.1\.1 dev w1[\s\S]*\n0\n\/usr\/local\/sbin:/);
    assert.equal(world.login('true', 'tunnel').status, 255, 'no other key opens it');
    assert.match(world.login('cat /run/lifeboot/rescue-sshd.log').out, /listening on 127\.0\.0\.1 port 22/);
  },
  'opens the tunnel again when that broke, and keeps its sshd running': () => {
    must(
      'sh',
      '-c',
      "for p in $(pgrep -x ssh); do tr '\\0' ' ' </proc/$p/cmdline | grep -q tunnel.ctl && kill $p; done; :",
    );
    world.untilSaid(/the tunnel is up.*the tunnel is up/s);
    must('sh', '-c', "kill $(pgrep -f '^/usr/sbin/sshd.*rescue.sshd|^sshd: /usr/sbin/sshd.*rescue.sshd')");
    until('an operator gets in again', () => world.login('true').status === 0, 20_000);
  },
  'ends when it is told to, and leaves no address, route or process': () => {
    world.end();
    assert.match(world.said(), /rescue ends: the test has seen enough/);
    assert.equal(leftOvers(), '');
    assert.ok(!existsSync('/run/lifeboot/rescue.now'));
    world.stopOffer();
  },
  'takes static addresses of both families, and asks nobody; a root account of another hook does not shut it': () => {
    must('sed', '-i', 's|^root:.*|root:x:0:0::/root-of-a-hook:/bin/none|', '/etc/passwd');
    must('sed', '-i', 's|^root:.*|root:!:1::::::|', '/etc/shadow');
    for (const file of ['/etc/passwd', '/etc/shadow']) writeFileSync(file, readFileSync(file, 'utf8').trimEnd());
    const more = ['address 10.77.1.7/24', 'address fd77::7/64', 'gateway 10.77.1.1', 'gateway fd77::1', 'dns fd77::9'];
    world.bake({ host: ['fd77::1'], more });
    world.startRescue();
    assertReached();
    const { out } = world.login(
      'cat /etc/resolv.conf; ip route; ip -6 route | grep default; pgrep udhcpc || echo none',
    );
    assert.match(out, /nameserver fd77::9\ndefault via 10\.77\.1\.1 [\s\S]*default via fd77::1 [\s\S]*none\n$/);
    world.end();
    assert.equal(leftOvers(), '');
  },
  'comes up by router advertisements alone, where there is no IPv4': () => {
    world.bake({ host: [NAME, 'fd77::1'] });
    world.offer('w1', 'enable-ra', 'dhcp-range=fd77::,ra-only');
    world.startRescue();
    assertReached();
    assert.match(world.said(), /'w1' has fd77:[0-9a-f:]+\/64/);
    assert.match(world.said(), /Could not resolve hostname bastion/, 'the name had its turn');
    world.end();
    world.stopOffer();
  },
  'goes on to the next port when the first leads nowhere': () => {
    world.addPort('w0', '10.99.0.1/24');
    world.addPort('w2', '10.77.2.1/24');
    must('ip', '-n', 'far', 'link', 'set', 'far-w1', 'down');
    world.bake({ host: ['10.77.2.1'] });
    world.offer('w2', 'dhcp-range=10.77.2.50,10.77.2.60,255.255.255.0,2h');
    world.startRescue({ LIFEBOOT_ADDRESS_WAIT: '5' });
    assertReached();
    assert.match(world.said(), /'w0' was given no address.*'w1' has no link.*'w2' has 10\.77\.2\.(5\d|60)\//s);
    world.end();
    world.removePort('w0');
    world.removePort('w2');
    must('ip', '-n', 'far', 'link', 'set', 'far-w1', 'up');
    world.stopOffer();
  },
  'refuses a server with another host key than the pinned one, at every address, for ever': () => {
    world.bake({ host: [NAME, '10.77.1.1'], pin: 'other_host', more: ['address 10.77.1.7/24'] });
    world.startRescue();
    const refused = /Host key verification failed/g;
    until('it was refused twice', () => (world.said().match(refused) ?? []).length >= 2, 60_000);
    assert.doesNotMatch(world.said(), /tunnel is up/);
    assert.equal(world.login('true').status, 255);
    world.end();
  },
  'ends by itself when its time is over, but not under the hands of somebody who is logged in': () => {
    world.bake({ host: ['10.77.1.1'], more: ['address 10.77.1.7/24'] });
    writeFileSync('/etc/lifeboot/rescue.conf', 'time 12\naddress 10.77.1.7/24\n');
    world.startRescue();
    world.untilSaid(/the tunnel is up/);
    assert.match(world.said(), /rescue for 12 s/);
    assert.equal(world.login('sleep 14; echo still-here').out, 'still-here\n');
    assert.equal(world.ended(), 0);
    assert.match(world.said(), /rescue ends: its time is over/);
  },
  'cannot run without a wired port, keys or ssh, and says which': () => {
    const fails = (env: Readonly<Record<string, string>> = {}): string => {
      world.startRescue({ LIFEBOOT_PORT_WAIT: '1', ...env });
      assert.equal(world.ended(), 1);
      return world.said();
    };
    world.bake({ host: ['10.77.1.1'] });
    rmSync('/etc/lifeboot/identity/etc/lifeboot/rescue_host_key');
    assert.match(fails(), /rescue cannot run: there is no host key/);
    world.bake({ host: ['10.77.1.1'] });
    rmSync('/etc/lifeboot/identity/etc/lifeboot/tunnel_key');
    assert.match(fails(), /the tunnel's '\/etc\/lifeboot\/tunnel_key' is not there/);
    world.bake({ host: ['10.77.1.1'] });
    rmSync('/etc/lifeboot/identity/etc/lifeboot/rescue_authorized_keys');
    assert.match(fails(), /nobody could log in/);
    world.bake({ host: ['10.77.1.1'] });
    world.removePort('w1');
    assert.match(fails(), /no wired network port \(Wi-Fi and modems are not for rescue\)/);
  },
});
