/**
 * Random changes, made alike to two trees: every kind of file, every way in which a name takes another's place.
 */
import {
  appendFileSync,
  chmodSync,
  lchownSync,
  linkSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import type { Attribute } from '../../../src/core/store/attribute-dump.ts';
import { writeAttributes } from '../../../src/platform/store/attributes.ts';
import type { Random } from './random.ts';
import { type Kind, SPECIALS, type TwinTrees } from './twin-trees.ts';

export interface ChangeOptions {
  readonly withAcl: boolean;
  readonly withLongNames: boolean;
}

const NAMES = [
  'a',
  'b',
  'c',
  'd',
  'e',
  'f',
  'with space',
  'new\nline',
  'back\\slash',
  '-dash',
  '=#',
  '\xff\xfe',
  '\xc3\xa4',
];
const LONG_NAMES = [255, 254].map((length) => 'n'.repeat(length));
const CAPABILITY = '0100000200200000000000000000000000000000';
const ACL = '0200000001000700ffffffff02000600e803000004000500ffffffff10000700ffffffff20000500ffffffff';

export class RandomChanges {
  readonly done = new Map<string, number>();
  private readonly twins: TwinTrees;
  private readonly random: Random;
  private readonly options: ChangeOptions;
  private pooled = 0;
  private text = '';
  private size = 0;

  constructor(twins: TwinTrees, random: Random, options: ChangeOptions) {
    this.twins = twins;
    this.random = random;
    this.options = options;
  }

  /** Makes `count` changes to both. */
  make(count: number): void {
    this.pooled = 0;
    for (let made = 0; made < count; ) made += this.step() ? 1 : 0;
  }

  /** @returns false when that change is not possible in these trees */
  private step(): boolean {
    const makers: readonly (readonly [weight: number, name: string, make: () => boolean])[] = [
      [30, 'create', () => this.create()],
      [8, 'write', () => this.change((at) => writeFileSync(at, this.text), ['file'])],
      [5, 'append', () => this.change((at) => appendFileSync(at, 'more'), ['file'])],
      [3, 'truncate', () => this.change((at) => truncateSync(at, this.size), ['file'])],
      [6, 'chmod', () => this.change((at) => chmodSync(at, this.size % 0o10000), ['file', 'dir', 'special'])],
      [4, 'chown', () => this.change((at) => lchownSync(at, this.size % 70_000, 4_000_000_000))],
      [4, 'attribute', () => this.attribute()],
      [14, 'rename', () => this.rename()],
      [5, 'link', () => this.link()],
      [8, 'remove', () => this.remove()],
      [5, 'make again', () => this.makeAgain()],
      [4, 'other kind', () => this.otherKind()],
      [2, 'swap', () => this.swap()],
    ];
    let left = this.random(makers.reduce((sum, [weight]) => sum + weight, 0));
    this.text = `${this.random(1_000_000)}\n`.repeat(this.random(200));
    this.size = this.random(200_000);
    const chosen = makers.find(([weight]) => {
      left -= weight;
      return left < 0;
    });
    if (chosen === undefined || !chosen[2]()) return false;
    this.done.set(chosen[1], (this.done.get(chosen[1]) ?? 0) + 1);
    return true;
  }

  private pick(kinds: readonly Kind[]): string | null {
    const paths = [...this.twins.kinds].filter(([, kind]) => kinds.includes(kind)).map(([path]) => path);
    return paths[this.random(Math.max(1, paths.length))] ?? null;
  }

  /** What may go without leaving nothing: large directories only now and then. */
  private pickForRemoval(kinds: readonly Kind[]): string | null {
    const path = this.pick(kinds);
    const held = [...this.twins.kinds.keys()].filter((found) => found.startsWith(`${path}/`)).length;
    return held > 6 && this.random(12) > 0 ? null : path;
  }

  /** A name in some directory, taken or not. */
  private somewhere(): string {
    const parent = this.random(3) === 0 ? '' : (this.pick(['dir']) ?? '');
    const names = this.options.withLongNames && this.random(10) === 0 ? LONG_NAMES : NAMES;
    const name = names[this.random(names.length)] ?? 'a';
    return parent === '' || parent.split('/').length > 4 ? name : `${parent}/${name}`;
  }

  private change(work: (at: Buffer) => void, kinds: readonly Kind[] = ['file', 'dir', 'link', 'special']): boolean {
    const path = this.pick(kinds);
    if (path === null) return false;
    this.twins.part(path);
    this.twins.touch(path);
    return this.twins.both((root) => work(this.twins.at(root, path)));
  }

  private create(): boolean {
    const path = this.somewhere();
    return !this.twins.kinds.has(path) && this.createAt(path);
  }

  private createAt(path: string): boolean {
    const { twins } = this;
    const kind = (['file', 'file', 'file', 'dir', 'dir', 'link', 'special'] as const)[this.random(7)] ?? 'file';
    if (kind === 'special' && this.pooled >= SPECIALS) return false;
    const makers: Readonly<Record<Kind, (root: string) => void>> = {
      file: (root) => writeFileSync(twins.at(root, path), this.text),
      dir: (root) => mkdirSync(twins.at(root, path)),
      link: (root) => symlinkSync(Buffer.from(`../${this.size}\xff`, 'latin1'), twins.at(root, path)),
      special: (root) => renameSync(twins.pooled(root, this.pooled), twins.at(root, path)),
    };
    twins.both(makers[kind]);
    if (kind === 'special') this.pooled += 1;
    twins.kinds.set(path, kind);
    twins.touch(path);
    if (kind !== 'dir') twins.own(path);
    return true;
  }

  private attribute(): boolean {
    const { twins } = this;
    const path = this.pick(['file', 'file', 'dir', 'link']);
    if (path === null) return false;
    twins.part(path);
    const chosen = this.attributeFor(path);
    const { uid, gid } = twins.stat(path);
    // Overlay refuses a list of rights for what still lies in an image (Linux 6.18): any other change brings it up first.
    if (chosen.name.startsWith('system.')) twins.both((root) => lchownSync(twins.at(root, path), uid, gid));
    for (const root of twins.roots) writeAttributes(root, [chosen]);
    return true;
  }

  private attributeFor(path: string): Attribute {
    const kind = this.twins.kinds.get(path);
    const value = Buffer.from(this.text.slice(0, 40)).toString('hex');
    const trusted: Attribute = { path, name: 'trusted.t', value };
    if (kind === 'link') return trusted;
    const choices = [trusted, { path, name: 'user.u\xff=', value }, { path, name: 'user.none', value: '' }];
    if (kind === 'file') choices.push({ path, name: 'security.capability', value: CAPABILITY });
    if (this.options.withAcl) choices.push({ path, name: 'system.posix_acl_access', value: ACL });
    if (kind === 'dir' && this.options.withAcl) choices.push({ path, name: 'system.posix_acl_default', value: ACL });
    return choices[this.random(choices.length)] ?? trusted;
  }

  private rename(): boolean {
    const { twins } = this;
    const from = this.pick(['file', 'dir', 'dir', 'link', 'special']);
    const to = this.somewhere();
    if (from === null || areNested(from, to)) return false;
    if (twins.kinds.has(to)) {
      const isDir = (path: string): boolean => twins.kinds.get(path) === 'dir';
      if (isDir(from) !== isDir(to)) return false;
      if ([...twins.kinds.keys()].some((path) => path.startsWith(`${to}/`))) return false;
      if (twins.stat(from).ino === twins.stat(to).ino) return false;
    }
    twins.part(from);
    if (!twins.move(from, to)) return false;
    twins.touch(from, to);
    twins.kinds.delete(to);
    twins.moveNames(from, to);
    return true;
  }

  private link(): boolean {
    const { twins } = this;
    const from = this.pick(['file', 'file', 'special']);
    const to = this.somewhere();
    if (from === null || twins.kinds.has(to)) return false;
    twins.part(from);
    twins.both((root) => linkSync(twins.at(root, from), twins.at(root, to)));
    twins.kinds.set(to, twins.kinds.get(from) ?? 'file');
    twins.touch(from, to);
    return true;
  }

  private remove(): boolean {
    const path = this.pickForRemoval(['file', 'dir', 'link', 'special']);
    if (path === null) return false;
    this.twins.remove(path);
    return true;
  }

  /** A directory goes, and an empty one takes its name: what was in it must stay away. */
  private makeAgain(): boolean {
    const path = this.pickForRemoval(['dir']);
    if (path === null) return false;
    this.twins.remove(path);
    this.twins.both((root) => mkdirSync(this.twins.at(root, path)));
    this.twins.kinds.set(path, 'dir');
    return true;
  }

  private otherKind(): boolean {
    const path = this.pickForRemoval(['file', 'dir', 'link', 'special']);
    if (path === null) return false;
    this.twins.remove(path);
    return this.createAt(path);
  }

  /** Two names change places, by way of a third. */
  private swap(): boolean {
    const { twins } = this;
    const [one, other] = [this.pick(['dir', 'file']), this.pick(['dir', 'file'])];
    if (one === null || other === null || areNested(one, other)) return false;
    if (twins.stat(one).ino === twins.stat(other).ino) return false;
    twins.part(one);
    twins.part(other);
    if (!twins.move(one, twins.spare)) return false;
    if (!twins.move(other, one)) {
      twins.move(twins.spare, one);
      return false;
    }
    twins.move(twins.spare, other);
    twins.moveNames(one, twins.spare);
    twins.moveNames(other, one);
    twins.moveNames(twins.spare, other);
    twins.touch(one, other);
    return true;
  }
}

function areNested(one: string, other: string): boolean {
  return `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`);
}
