/** The node's side: its own host keys, accounts, PAM rules and sshd at localhost port 22. Only in a private world. */
import type { ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must, until } from './private-world.ts';
import { isListening } from './proc.ts';
import { end, signal, start } from './programs.ts';

export class NodeEnd {
  readonly #dir: string;
  #sshd: ChildProcess | null = null;

  /** @param dir an empty directory on the private /run */
  constructor(dir: string) {
    this.#dir = dir;
    for (const name of ['/run/sshd', join(dir, 'home'), join(dir, 'bin')]) mkdirSync(name, { mode: 0o755 });
    must('mount', '-t', 'tmpfs', '-o', 'mode=755', 'none', '/etc/ssh');
    must('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/etc/ssh/ssh_host_ed25519_key');
    this.setShell('/bin/bash');
    copyFileSync('/etc/pam.d/sshd', join(dir, 'pam'));
    must('mount', '--bind', join(dir, 'pam'), '/etc/pam.d/sshd');
    this.setPam({ account: 'permit', session: 'permit' });
    this.useProgram(join(import.meta.dirname, 'echo-main.ts'));
  }

  /** What `lifeboot` is in a login: `main` of this clone, or one that stands in for it and starts faster. */
  useProgram(main: string): void {
    const text = `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`;
    writeFileSync(join(this.#dir, 'bin/lifeboot'), text, { mode: 0o755 });
  }

  /** Gives root this shell, and the test's home directory. */
  setShell(shell: string): void {
    const table = join(this.#dir, 'passwd');
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
    const rest = lines.filter((line) => !line.startsWith('root:'));
    const isBound = readFileSync('/proc/self/mountinfo', 'utf8').includes(' /etc/passwd ');
    writeFileSync(table, [`root:x:0:0:root:${join(this.#dir, 'home')}:${shell}`, ...rest].join('\n'));
    if (!isBound) must('mount', '--bind', table, '/etc/passwd');
  }

  /** Writes the PAM rules of the node's sshd. */
  setPam(rules: { readonly account: 'permit' | 'deny'; readonly session: 'permit' | 'deny' }): void {
    const lines = [`account required pam_${rules.account}.so`, `session required pam_${rules.session}.so`];
    writeFileSync('/etc/pam.d/sshd', `auth required pam_deny.so\n${lines.join('\n')}\n`);
  }

  /** @param more further lines of sshd_config */
  startSshd(...more: readonly string[]): void {
    const config = join(this.#dir, 'node.conf');
    const settings = [
      'Port 22',
      'ListenAddress 127.0.0.1',
      'HostKey /etc/ssh/ssh_host_ed25519_key',
      'UsePAM yes',
      'PermitRootLogin prohibit-password',
      'StrictModes no',
      'PidFile none',
      `SetEnv PATH=${join(this.#dir, 'bin')}:/usr/local/bin:/usr/bin:/bin`,
      ...more,
    ];
    writeFileSync(config, `${settings.join('\n')}\n`);
    this.#sshd = start(join(this.#dir, 'node-sshd.log'), ['/usr/sbin/sshd', '-D', '-e', '-f', config]);
    until("the node's sshd listens", () => isListening('/proc/net/tcp', 22));
  }

  stopSshd(): void {
    end(this.#sshd);
    until("the node's sshd is gone", () => !isListening('/proc/net/tcp', 22));
  }

  restartSshd(...more: readonly string[]): void {
    this.stopSshd();
    this.startSshd(...more);
  }

  signalSshd(name: NodeJS.Signals): void {
    signal(this.#sshd, name);
  }
}
