/**
 * A Debian node that is upgraded by `lifeboot run`: a real package, its rollback, and an upgrade that breaks the network.
 *
 * Guest test, root. Four boots, each about a minute under emulation, and the deadline of the one that fails.
 */
import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { spec } from '../../support/spec.ts';
import { debianPackage, PACKAGE, UpgradedNode } from './upgraded-node.ts';

const RUN_LIMIT_MS = 240_000;
const node = new UpgradedNode('test-run');

spec('lifeboot run on a Debian node', {
  'installs a package in the other slot, goes back without it, and comes back from an upgrade without a network': () =>
    node.boot(async () => {
      const first = await node.proven();
      assert.equal(first.booted.slot, 'a');
      const deb = debianPackage();
      await node.send(deb, `/root/${basename(deb)}`);
      await node.ask('echo mine >/etc/mine');

      console.log(await node.ask(`lifeboot run -- apt-get -y install /root/${basename(deb)}`, RUN_LIMIT_MS));
      assert.equal((await node.tell(PACKAGE)).status, 127, 'the running system does not change');
      const locked = await digestOf('a');
      await node.reboot();
      const upgraded = await node.proven();
      assert.deepEqual([upgraded.booted.slot, upgraded.slots.b.health], ['b', 'good']);
      assert.match(await node.ask(PACKAGE), /Hello/);
      assert.equal(await node.ask('cat /etc/mine'), 'mine\n');
      assert.match(await node.ask(`dpkg-query -W ${PACKAGE}`), new RegExp(`^${PACKAGE}\t`));
      assert.deepEqual(upgraded.degraded, []);

      await node.ask('lifeboot rollback');
      await node.reboot();
      const back = await node.proven();
      assert.deepEqual([back.booted.slot, back.slots.a.health], ['a', 'good']);
      assert.equal((await node.tell(PACKAGE)).status, 127, 'the package is gone');
      assert.equal(await node.ask('cat /etc/mine'), 'mine\n');
      assert.equal(await digestOf('a'), locked, 'the locked stack is as it was');

      console.log(await node.ask('lifeboot run -- rm /etc/systemd/network/20-wired.network', RUN_LIMIT_MS));
      await node.reboot();
      const fallen = await node.proven();
      assert.equal(fallen.booted.slot, 'a');
      assert.equal(fallen.slots.b.health, 'bad', fallen.slots.b.reason);
      assert.match(await node.ask('cat /etc/systemd/network/20-wired.network'), /DHCP/);
      console.log(await node.ask('lifeboot log'));
      console.log(await node.ask('lifeboot snapshot list'));
    }),
});

/** What proves that a locked stack was not touched: read again, and compared. */
async function digestOf(slot: string): Promise<string> {
  const query = JSON.parse(await node.ask('lifeboot snapshot query --verify --json'));
  return query.slots[slot].digest;
}
