/**
 * Lists trees and tells what differs between two, entry by entry. Written apart from the program's own listing, so that a
 * mistake there does not hide itself. Paths are byte strings (latin1).
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { type BigIntStats, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface CompareOptions {
  /** squashfs keeps whole seconds only. */
  readonly wholeSeconds?: boolean;
}

/** Every entry as one readable line, by its path. */
export function showTree(root: string, { wholeSeconds = false }: CompareOptions = {}): ReadonlyMap<string, string> {
  const attributes = attributesOf(root);
  const lines = new Map<string, string>();
  const groups = new Map<string, string>();
  const visit = (path: string): void => {
    const at = Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);
    const stat = lstatSync(at, { bigint: true });
    const time = wholeSeconds ? stat.mtimeNs / 1_000_000_000n : stat.mtimeNs;
    const rights = `${stat.mode.toString(8)} ${stat.uid}:${stat.gid} @${time}`;
    const group = groupOf(path, stat, groups);
    lines.set(path, `${rights} ${contentOf(at, stat)}${group} ${attributes.get(path) ?? ''}`);
    if (!stat.isDirectory()) return;
    for (const name of readdirSync(at, { encoding: 'latin1' }).sort()) visit(path === '' ? name : `${path}/${name}`);
  };
  visit('');
  return lines;
}

/** What differs, as readable lines; empty when nothing does. */
export function differences(expected: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): string[] {
  const paths = [...new Set([...expected.keys(), ...found.keys()])].sort();
  return paths
    .filter((path) => expected.get(path) !== found.get(path))
    .map(
      (path) => `${JSON.stringify(path)}\n  - ${expected.get(path) ?? 'nothing'}\n  + ${found.get(path) ?? 'nothing'}`,
    );
}

function contentOf(at: Buffer, stat: BigIntStats): string {
  if (stat.isSymbolicLink()) return `-> ${JSON.stringify(readlinkSync(at, { encoding: 'latin1' }))}`;
  if (stat.isCharacterDevice() || stat.isBlockDevice()) return `device ${stat.rdev}`;
  if (!stat.isFile()) return '';
  // Too large for the memory: the size, and what its ends hold, is told elsewhere.
  if (stat.size > 1_000_000_000n) return `${stat.size} bytes`;
  return `${stat.size} ${createHash('sha256').update(readFileSync(at)).digest('hex').slice(0, 12)}`;
}

/** The first name of the same file: how many there are below is what counts, not the number in the inode. */
function groupOf(path: string, stat: BigIntStats, groups: Map<string, string>): string {
  if (stat.isDirectory() || stat.nlink === 1n) return '';
  const key = `${stat.dev}:${stat.ino}`;
  const first = groups.get(key);
  if (first !== undefined) return ` same as ${JSON.stringify(first)}`;
  groups.set(key, path);
  return '';
}

function attributesOf(root: string): ReadonlyMap<string, string> {
  const argv = ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '--', '.'];
  // Its status is 1 where a layer is a squashfs without a single attribute.
  const dump = spawnSync('getfattr', argv, { cwd: root, encoding: 'latin1', maxBuffer: 1 << 28 }).stdout;
  const found = new Map<string, string>();
  for (const block of dump.split('\n\n')) {
    const [head = '', ...lines] = block.split('\n').filter((line) => line !== '');
    const name = head
      .replace('# file: ', '')
      .replace(/\\([0-7]{3})/g, (_, o: string) => String.fromCharCode(parseInt(o, 8)));
    if (head !== '') found.set(name === '.' ? '' : name.replace(/^\.\//, ''), lines.sort().join(' '));
  }
  return found;
}
