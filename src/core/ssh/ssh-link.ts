/**
 * Tells a silent server from a dead link, by what the kernel knows of the tunnel's TCP connection.
 *
 * Pure. A frozen sshd leaves its kernel alive, which acknowledges every byte; a link that drops packets leaves bytes
 * unacknowledged. Format of the tables: Documentation/networking/proc_net_tcp.rst of the Linux kernel.
 */

export interface Connection {
  readonly inode: string;
  readonly isEstablished: boolean;
  /** Bytes that the other side has not acknowledged yet. */
  readonly unackedBytes: number;
  readonly remotePort: number;
}

/** Parses the rows of `/proc/PID/net/tcp` and `tcp6`, one after the other; rows that are none are skipped. */
export function parseTcpTable(text: string): readonly Connection[] {
  const found: Connection[] = [];
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/);
    const [, , remote = '', state, queues = '', , , , , inode] = fields;
    const port = /:([0-9A-F]{4})$/.exec(remote)?.[1];
    const unacked = /^([0-9A-F]{8}):/.exec(queues)?.[1];
    if (port === undefined || unacked === undefined || inode === undefined) continue;
    found.push({
      inode,
      isEstablished: state === '01',
      unackedBytes: Number.parseInt(unacked, 16),
      remotePort: Number.parseInt(port, 16),
    });
  }
  return found;
}

/**
 * Why the server did not answer, judged by the master's connection.
 * @param inodes the sockets that the master holds
 */
export function describeSilence(connections: readonly Connection[], inodes: ReadonlySet<string>, port: number): string {
  const own = connections.find((each) => inodes.has(each.inode) && each.remotePort === port && each.isEstablished);
  if (own === undefined) return 'the server did not answer';
  return own.unackedBytes > 0
    ? 'the link drops packets: what we send to the server is not acknowledged'
    : 'the server is frozen: its kernel takes our packets, but its sshd does not answer';
}
