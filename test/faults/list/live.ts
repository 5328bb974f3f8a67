/**
 * What happens to a node that runs: the tunnel, the network or sshd goes away, files are deleted, the far end is away.
 *
 * Pure: data.
 */
import type { Fault, Without } from '../fault.ts';
import { NO_INIT, plain, trialOfB } from './common.ts';

const withoutTend: Without = {
  how: 'the timer of `lifeboot tend` is masked',
  breaks: [{ mounted: 'root-a', sh: 'ln -sf /dev/null etc/systemd/system/lifeboot-tend.timer' }],
  ends: 'unreachable',
};

/** Done a moment later, by a process that outlives the login; then it leaves a mark. */
const later = (command: string): string =>
  `systemd-run --quiet --collect sh -c 'sleep 2; ${command}; touch /run/broken'`;

type Short = Pick<Fault, 'name' | 'what' | 'answer' | 'live' | 'boots'>;

const tended = (fault: Short): Fault => ({
  ...fault,
  node: 'debian',
  breaks: [],
  signs: [/slot a is chosen/],
  ends: fault.boots === 0 ? { slot: 'a', test: 'test -e /run/broken' } : { slot: 'a' },
  without: withoutTend,
});

export const liveFaults: readonly Fault[] = [
  tended({
    name: 'live-tunnel-stopped',
    what: "somebody stopped the tunnel's service",
    live: { sh: later('systemctl stop lifeboot-tunnel.service'), back: 'same boot' },
    answer: 'the ladder restarts the tunnel',
    boots: 0,
  }),
  tended({
    name: 'live-tunnel-frozen',
    what: "the tunnel's ssh is stopped (SIGSTOP): systemd takes it for running",
    live: { sh: later('systemctl kill --signal=STOP lifeboot-tunnel.service'), back: 'same boot' },
    answer: 'the ladder restarts the tunnel',
    boots: 0,
  }),
  tended({
    name: 'live-interface-down',
    what: 'the network interface was switched off',
    live: {
      sh: later('for dev in /sys/class/net/e*; do ip link set $(basename $dev) down; done'),
      back: 'same boot',
    },
    answer: 'the ladder restarts the network services',
    boots: 0,
  }),
  tended({
    name: 'live-sshd-masked',
    what: 'sshd was stopped and masked, while the tunnel still stands',
    live: {
      sh: later('systemctl mask --runtime --now ssh.service; pkill -x sshd'),
      back: 'another boot',
    },
    answer: 'the ladder reboots the same slot',
    boots: 1,
  }),
  tended({
    name: 'live-route-lost',
    what: 'a route throws away what goes to the far end',
    live: { sh: later('ip route add prohibit 10.0.2.100; pkill -x ssh'), back: 'same boot' },
    answer: 'the ladder restarts the network services, which throw the route away',
    boots: 0,
  }),
  {
    name: 'live-usr-deleted',
    what: '`rm -rf /usr` on the running node, then a reset',
    node: 'debian',
    breaks: [],
    live: {
      sh: 'rm -rf /usr 2>/dev/null; echo s >/proc/sysrq-trigger; i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo b >/proc/sysrq-trigger',
      back: 'another boot',
    },
    answer: 'found before slot a is entered; slot b is taken in the same boot',
    signs: [/slot b is chosen/],
    ends: { slot: 'b' },
    boots: 1,
    without: plain('a', NO_INIT),
  },
  {
    name: 'outage-during-a-trial',
    what: 'the far end is away while an update is on trial, and while slot a is asked the same',
    node: 'debian',
    breaks: trialOfB,
    outage: { until: /slot a is chosen/, seconds: 120 },
    answer: 'an outage: the update is not blamed, and offered again when the tunnel has been back for a while',
    signs: [/slot b is chosen/],
    ends: { slot: 'b', proven: true },
    boots: 3,
    without: { ...withoutTend, ends: { slot: 'a', proven: true } },
  },
];
