/**
 * Why the node's sshd refuses an account before it even looks at keys: no such user, no shell, no home directory.
 *
 * Reads only. sshd tells a client nothing but "Permission denied", so the node is asked itself.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { BootError } from '../../core/errors.ts';
import { tryProgram } from '../exec.ts';
import { readIfThere } from './files.ts';
import { isExecutable } from './find-program.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** @returns the account, from the name service or, where there is none, from /etc/passwd; null: no such account */
export function findAccount(name: string): Account | null {
  const asked = tryProgram(['getent', 'passwd', name], { timeoutMs: 5_000 });
  const table = asked.status === 0 ? asked.stdout : (readIfThere('/etc/passwd') ?? '');
  const fields = table
    .split('\n')
    .map((line) => line.split(':'))
    .find(([first]) => first === name);
  if (fields === undefined) return null;
  const [, , uid = '', gid = '', , home = '', shell = ''] = fields;
  return { name, uid: Number(uid), gid: Number(gid), home, shell: shell === '' ? '/bin/sh' : shell };
}

/** @throws BootError CONFIG when there is no such account */
export function requireAccount(name: string): Account {
  const account = findAccount(name);
  if (account !== null) return account;
  throw new BootError('CONFIG', `[tunnel] selfcheck_user is '${name}'; there is no such account on this node`);
}

/** What is wrong with the account, in words; null: nothing that can be seen from here. */
export function describeAccount(name: string): string | null {
  const account = findAccount(name);
  if (account === null) return `there is no account '${name}'`;
  if (!isExecutable(account.shell)) return `the login shell '${account.shell}' of '${name}' is missing`;
  if (!isDirectory(account.home)) return `the home directory '${account.home}' of '${name}' is missing`;
  const keys = join(account.home, '.ssh/authorized_keys');
  const hasLine = / lifeboot-selfcheck\s*$/m.test(readIfThere(keys) ?? '');
  return hasLine ? null : `'${keys}' has no self-check line ('lifeboot tunnel setup' makes it)`;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
