/**
 * Updates that lost what makes the node itself; it is laid over from the kept copy, so the update is proven. Pure: data.
 */
import type { Fault } from '../fault.ts';
import { inUpdate, patient, plain } from './common.ts';

type Short = Pick<Fault, 'name' | 'what' | 'breaks'>;

const restored = (fault: Short): Fault => ({
  ...fault,
  node: 'debian',
  machine: patient,
  answer: 'the identity files are brought into every root that is booted: the update is proven',
  signs: [/slot b is chosen: trial/],
  ends: { slot: 'b', proven: true },
  boots: 1,
  without: plain('b'),
});

export const identityFaults: readonly Fault[] = [
  restored({
    name: 'identity-tunnel-key',
    what: 'the update came without the key of the tunnel',
    breaks: inUpdate('rm etc/lifeboot/tunnel_key'),
  }),
  restored({
    name: 'identity-known-hosts',
    what: "the update pins another server's host key",
    breaks: inUpdate(
      "sed -i 's/AAAA[^ ]*/AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/' etc/lifeboot/known_hosts",
    ),
  }),
  restored({
    name: 'identity-host-key',
    what: "the update came without the node's SSH host keys",
    breaks: inUpdate('rm etc/ssh/ssh_host_*'),
  }),
  restored({
    name: 'identity-authorized-keys',
    what: "the update came without the operators' keys",
    breaks: inUpdate('rm root/.ssh/authorized_keys'),
  }),
];
