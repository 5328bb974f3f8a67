/**
 * The key pairs of one test node, its operator and the far end, made once per clone.
 *
 * Effects only: ssh-keygen. Kept in the cache, because they are part of the images and of what the images are keyed by.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './places.ts';
import { runTool } from './run-tool.ts';

const NAMES = ['far-end', 'node-host', 'node-tunnel', 'operator', 'stranger'] as const;
export type KeyName = (typeof NAMES)[number];

export interface KeyPair {
  /** Path of the private key. */
  readonly path: string;
  readonly privateText: string;
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly publicText: string;
}

/** The pair of that name: `stranger` is a key that nobody trusts. */
export function keyPair(name: KeyName): KeyPair {
  const path = join(cached('keys', 'v1', makeAll), name);
  const publicText = readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ').trim();
  return { path, privateText: readFileSync(path, 'utf8'), publicText };
}

function makeAll(target: string): void {
  mkdirSync(target, { recursive: true });
  for (const name of NAMES)
    runTool('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(target, name)]);
}
