/** One look at the tunnel by a process of its own: prints the kind of the sample. Arguments: configuration as JSON, boot id. */
import { openSshTunnel } from '../../../../src/platform/ssh/open-ssh.ts';
import { sleepMs } from './private-world.ts';

const execve = (): never => {
  throw new Error('a look never becomes ssh');
};
const machine = { monotonicMs: () => performance.now(), sleep: sleepMs };
const tunnel = openSshTunnel(machine, { execve, env: process.env, uid: 0, pid: process.pid });
console.log(tunnel.sample(JSON.parse(process.argv[2] ?? ''), process.argv[3] ?? '').kind);
