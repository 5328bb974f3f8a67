/** Stands in for `lifeboot tunnel run`: becomes ssh. Its argument is the tunnel's configuration as JSON. */
import { LIMITS } from '../../../../src/platform/ssh/kit.ts';
import { openSshTunnel } from '../../../../src/platform/ssh/open-ssh.ts';
import { sleepMs } from './private-world.ts';

const machine = { monotonicMs: () => performance.now(), sleep: sleepMs };
const execve = (file: string, argv: readonly string[], env: Readonly<Record<string, string>>): never => {
  if (process.execve === undefined) throw new Error('this Node has no execve');
  return process.execve(file, [...argv], { ...env });
};
const host = { execve, env: process.env, uid: process.getuid?.() ?? 0, pid: process.pid };
// A busy server is asked again soon, or the tests would wait as long as a node does.
openSshTunnel(machine, host, { limits: { ...LIMITS, busyPauseMs: 3_000 } }).become(JSON.parse(process.argv[2] ?? ''));
