/**
 * Makes what the near-end login needs: the self-check key, and the line that lets it run the echo and nothing else.
 *
 * Effects, each by rename; a second run changes nothing. Invariant: other lines of authorized_keys stay as they are.
 */
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { TunnelConfig } from '../../core/config/config.ts';
import { authorizedLine, withAuthorizedLine } from '../../core/ssh/proof-echo.ts';
import { checkTunnel } from '../../core/ssh/ssh-command.ts';
import { runProgram, tryProgram } from '../exec.ts';
import { type Account, requireAccount } from './account.ts';
import { flushDirectory, readIfThere, replaceFile } from './files.ts';
import { findProgram } from './find-program.ts';
import type { Kit } from './kit.ts';

/** @returns what was done, in words; nothing to do gives an empty list */
export function setUpSelfcheck(kit: Kit, tunnel: TunnelConfig): readonly string[] {
  checkTunnel(tunnel);
  const account = requireAccount(tunnel.selfcheckUser);
  const made = makeKey(tunnel.selfcheckKey);
  // From the key itself and not from a .pub file beside it, which a restored identity may lack.
  const publicKey = runProgram(['ssh-keygen', '-y', '-f', tunnel.selfcheckKey]);
  return [...made, ...allowKey(keysFile(kit, account), account, authorizedLine(publicKey))];
}

function makeKey(path: string): readonly string[] {
  if (existsSync(path)) return [];
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const beside = `${path}.lifeboot-new`;
  for (const old of [beside, `${beside}.pub`]) rmSync(old, { force: true });
  runProgram(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'lifeboot-selfcheck', '-f', beside]);
  // The public half first: where the key is, its .pub is right.
  for (const file of [`${beside}.pub`, beside]) flushFile(file);
  renameSync(`${beside}.pub`, `${path}.pub`);
  renameSync(beside, path);
  flushDirectory(dirname(path));
  return [`made the self-check key '${path}'`];
}

function flushFile(path: string): void {
  const { uid, gid, mode } = statSync(path);
  replaceFile(path, readFileSync(path, 'utf8'), { uid, gid, mode: mode & 0o777 });
}

/** Where this node's sshd looks for the account's keys: what it says itself, else the usual place. */
function keysFile(kit: Kit, account: Account): string {
  const usual = join(account.home, '.ssh/authorized_keys');
  const sshd = findProgram('sshd', `${kit.host.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`);
  if (sshd === null) return usual;
  const spec = `user=${account.name},host=localhost,addr=127.0.0.1`;
  const said = tryProgram([sshd, '-T', '-C', spec], { timeoutMs: 10_000 }).stdout;
  const first = /^authorizedkeysfile (\S+)/im.exec(said)?.[1];
  if (first === undefined || first === 'none') return usual;
  const path = first.replaceAll(/%[%hu]/g, (token) => ({ '%h': account.home, '%u': account.name })[token] ?? '%');
  return path.startsWith('/') ? path : join(account.home, path);
}

function allowKey(file: string, account: Account, line: string): readonly string[] {
  const directory = dirname(file);
  if (!existsSync(directory)) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chownSync(directory, account.uid, account.gid);
  }
  const before = readIfThere(file) ?? '';
  const after = withAuthorizedLine(before, line);
  if (after === before) return [];
  const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  const real = isLink ? realpathSync(file) : file;
  const old = statSync(real, { throwIfNoEntry: false });
  const owner =
    old === undefined ? { ...account, mode: 0o600 } : { uid: old.uid, gid: old.gid, mode: old.mode & 0o777 };
  replaceFile(real, after, owner);
  return [`allowed the self-check key in '${file}'`];
}
