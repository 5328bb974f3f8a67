/**
 * Finds a deployment in an OSTree repository, by the names and links that ostree itself goes by.
 *
 * Reads only. Invariant: what is found lies in the `deploy` directory of the asked stateroot, whatever a link or a boot
 * entry says; a file system that somebody prepared must not lead out of itself.
 */
import { lstatSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BootError } from '../../core/errors.ts';
import { versionFrom } from '../../core/root/base-id.ts';
import {
  commitOf,
  inBootOrder,
  type OstreeEntry,
  type OstreeName,
  parseBootEntry,
  parseOstreeName,
} from '../../core/root/ostree-name.ts';
import type { Deployment } from '../../core/state/state.ts';
import { readWhole, statInRoot } from './read-in-root.ts';
import { resolveInRoot } from './resolve-in-root.ts';
import { errorCode } from './tools.ts';

export interface OstreeDeployment {
  /** Of the deployment, from the root of its file system: `/ostree/deploy/OS/deploy/CHECKSUM.SERIAL`. */
  readonly path: string;
  /** `/var` of all deployments of its stateroot, from the same root. */
  readonly varPath: string;
  readonly deployment: Deployment;
}

const ENTRIES = '/boot/loader/entries';

/**
 * @param root where the file system with the repository is mounted
 * @throws BootError CONFIG; ABSENT when there is no such deployment (yet); CONTENT when it cannot be booted; IO
 */
export function findDeployment(root: string, text: string): OstreeDeployment {
  const name = parseOstreeName(text);
  const home = `/ostree/deploy/${name.stateroot}`;
  requireStateroot(root, name.stateroot);
  const directory = name.fixed ?? chooseByOrder(root, name);
  const path = `${home}/deploy/${directory}`;
  if (!isDirectory(join(root, path))) {
    throw new BootError('ABSENT', `there is no deployment '${directory}' in the stateroot '${name.stateroot}'`, {
      hint: `it has: ${
        listDir(join(root, home, 'deploy'))
          .filter(commitOf)
          .join(', ') || 'none'
      }`,
    });
  }
  const commit = commitOf(directory) ?? '';
  requireParts(root, path);
  const varPath = `${home}/var`;
  if (!isDirectory(join(root, varPath))) throw damaged(`the stateroot '${name.stateroot}' has no directory 'var'`);
  return { path, varPath, deployment: { id: commit, version: readVersion(join(root, path)) } };
}

function requireStateroot(root: string, stateroot: string): void {
  const all = '/ostree/deploy';
  if (!isDirectory(join(root, all)) || !isDirectory(join(root, '/ostree/repo'))) {
    throw new BootError('CONTENT', 'there is no OSTree repository on this device', {
      hint: "correct the slot's `root`, or make one with 'ostree admin init-fs'",
    });
  }
  if (isDirectory(join(root, all, stateroot, 'deploy'))) return;
  const there = listDir(join(root, all)).join(', ') || 'none';
  throw new BootError('CONTENT', `the OSTree repository has no stateroot '${stateroot}'`, {
    hint: `correct the slot's \`ostree\`; the stateroots are: ${there}`,
  });
}

/** A deployment that a power cut left half made has no `/etc` yet. */
function requireParts(root: string, path: string): void {
  for (const part of ['usr', 'usr/etc', 'etc', 'sysroot']) {
    if (isDirectory(join(root, path, part))) continue;
    throw damaged(`the deployment '${basename(path)}' has no directory '${part}'`);
  }
}

/** @returns the directory of the deployment that boots at `index` */
function chooseByOrder(root: string, { stateroot, index }: OstreeName): string {
  const entries = inBootOrder(readEntries(root), stateroot);
  const directories = entries.length > 0 ? entries.map(({ link }) => follow(root, link, stateroot)) : onlyLinked();
  const found = directories[index];
  if (found !== undefined) return found;
  const count = directories.length === 1 ? 'only one deployment' : `only ${directories.length} deployments`;
  throw new BootError('ABSENT', `the stateroot '${stateroot}' has ${count}, and number ${index} is asked for`, {
    hint: "they are counted from 0, as in 'ostree admin status'; an upgrade makes another one",
  });

  /** Where `/boot` is a partition of its own, its entries are out of sight. */
  function onlyLinked(): readonly string[] {
    const linked = listLinked(root, stateroot);
    if (linked.length <= 1) return linked;
    throw new BootError('CONTENT', `which of ${linked.length} deployments of '${stateroot}' comes first is not known`, {
      hint: `the boot entries are on another partition; name one: ostree = "${stateroot}/CHECKSUM.SERIAL" with ${linked.join(' or ')}`,
    });
  }
}

function readEntries(root: string): readonly OstreeEntry[] {
  const names = listDir(resolveInRoot(root, ENTRIES)).filter((name) => name.endsWith('.conf'));
  return names.flatMap((name) => parseBootEntry(readWhole(root, `${ENTRIES}/${name}`).toString('utf8')) ?? []);
}

/** The links that every boot entry has below `/ostree/boot.N`. */
function listLinked(root: string, stateroot: string): readonly string[] {
  const found = ['/ostree/boot.0', '/ostree/boot.1'].flatMap((boot) =>
    listDir(resolveInRoot(root, `${boot}/${stateroot}`)).flatMap((checksum) =>
      listDir(resolveInRoot(root, `${boot}/${stateroot}/${checksum}`)).map((serial) =>
        follow(root, `${boot}/${stateroot}/${checksum}/${serial}`, stateroot),
      ),
    ),
  );
  return [...new Set(found)].sort();
}

/** @returns the deployment's directory that a link leads to; where a link is on the way is the same to us */
function follow(root: string, link: string, stateroot: string): string {
  const path = resolveInRoot(root, link).slice(root.length);
  const directory = basename(path);
  if (path === `/ostree/deploy/${stateroot}/deploy/${directory}` && commitOf(directory) !== null) return directory;
  throw damaged(`the boot link '${link}' leads to '${path}', which is no deployment of '${stateroot}'`);
}

function readVersion(dir: string): string | null {
  const path = ['/usr/lib/os-release', '/etc/os-release'].find((one) => statInRoot(dir, one)?.isFile() === true);
  return path === undefined ? null : versionFrom(readWhole(dir, path).toString('utf8'));
}

function damaged(message: string): BootError {
  return new BootError('CONTENT', message, {
    hint: "look with 'ostree admin status' and 'ostree fsck'; 'ostree admin deploy' makes the deployment again",
  });
}

function isDirectory(path: string): boolean {
  return look(path, () => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true, false);
}

function listDir(path: string): readonly string[] {
  return look(path, () => readdirSync(path).sort(), []);
}

function look<T>(path: string, work: () => T, absent: T): T {
  try {
    return work();
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return absent;
    throw new BootError(code === 'EIO' ? 'IO' : 'CONTENT', `cannot look at '${path}'`, { cause: error });
  }
}
