/**
 * A deployment of an OSTree repository as the root, assembled as ostree-prepare-root does it without composefs.
 *
 * The deployment itself becomes `/`, `/usr` read-only, with its own `/etc` and the `/var` of its stateroot; the whole file
 * system is seen at `/sysroot`. Invariant (law 4): where these two cannot be written they are covered by memory and that
 * is told; and nothing is written to this file system, but by the replay of its journal, before the attempt is saved.
 */
import { lstatSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { UpperKind } from '../../core/config/config.ts';
import { BootError, describeError } from '../../core/errors.ts';
import { mountAt } from '../../core/root/mountinfo.ts';
import { isSysrootReadOnly, ostreeBootedFile } from '../../core/root/ostree-name.ts';
import { overlayOptions } from '../../core/root/overlay-options.ts';
import { whyNoRoom } from './data-partition.ts';
import { type FileCopy, readCopy } from './identity-files.ts';
import { bindMount, isWithoutJournal, mount, mountEntries, unmountBelow } from './mounting.ts';
import type { OstreeDeployment } from './ostree-deployment.ts';
import { overlayParameters } from './overlay-parameters.ts';
import type { Places } from './places.ts';
import { readWhole, statInRoot } from './read-in-root.ts';
import { runTool } from './tools.ts';
import { mountMemory } from './upper.ts';

export interface OstreeRequest {
  /** `persistent`: its own `/etc` and `/var`; else as it was deployed, in memory. */
  readonly kind: UpperKind;
  /** Of that memory. */
  readonly size: string;
}

/** What the two writable directories are in this boot. */
export type OstreeState =
  /** The deployment's own. */
  | 'own'
  /** The deployment's own, below a layer in memory. */
  | 'covered'
  /** As it was deployed, in memory. */
  | 'fresh';

export interface AssembledOstree {
  readonly state: OstreeState;
  readonly degraded: readonly string[];
}

/** What ostree of the booted system looks for in `/run`. */
const MARKS = ['ostree-booted', 'ostree/initramfs-mount-var', 'ostree-sysroot-ro.stamp'];

/** @throws BootError IO or CONTENT; what was mounted by then goes with `release` */
export function assembleOstree(base: OstreeDeployment, request: OstreeRequest, places: Places): AssembledOstree {
  const trouble = request.kind === 'persistent' ? makeWritable(places.base) : null;
  const state: OstreeState = request.kind !== 'persistent' ? 'fresh' : trouble === null ? 'own' : 'covered';
  const isReadOnly = readsSysrootOnly(base, places.base);
  const at = (path: string): string => join(places.newRoot, path);
  mkdirSync(places.newRoot, { recursive: true });
  bindMount(join(places.base, base.path), places.newRoot);
  bindMount(at('usr'), at('usr'));
  remountBind(at('usr'), 'ro');
  bindBoot(places);
  if (state === 'own') bindOwn(base, places, isReadOnly);
  else coverWithMemory(base, state, request, places);
  bindMount(places.base, at('sysroot'));
  if (isReadOnly) remountBind(at('sysroot'), 'ro');
  verify(base, state, places);
  // As ostree-prepare-root leaves it: one view of the whole file system, which its own tools know.
  unmountBelow([places.base]);
  writeMarks(places, isReadOnly);
  const lost = `changes to /etc and /var are kept in memory only and lost at the next boot: ${trouble}`;
  return { state, degraded: [...(trouble === null ? [] : [lost]), ...hotfix(places)] };
}

/**
 * What the deployment's own `/etc` and `/var` hold at a path of the root: in `/etc` only what is no longer as it was
 * deployed, because the rest came with the commit.
 */
export function keptInOstree(state: OstreeState, newRoot: string): (inRoot: string) => FileCopy | null {
  return (inRoot) => {
    if (state === 'fresh' || !/^\/(etc|var)\//.test(inRoot)) return null;
    const own = readCopy(join(newRoot, inRoot));
    const deployed = inRoot.startsWith('/etc/') ? readCopy(join(newRoot, 'usr', inRoot)) : null;
    return own !== null && deployed !== null && own.bytes.equals(deployed.bytes) ? null : own;
  };
}

/** With `kind = "none"` the two were writable only until the root was complete. */
export function sealOstree({ newRoot }: Places): void {
  for (const name of ['etc', 'var']) {
    runTool(['mount', '--options-mode', 'ignore', '-o', 'remount,ro', '--', join(newRoot, name)]);
  }
}

/** What a root that is not entered has left in `/run` would make the next one look like an OSTree system. */
export function forgetOstree({ run }: Places): void {
  for (const name of MARKS) rmSync(join(run, name), { force: true });
}

/** @returns why it cannot be written, or null */
function makeWritable(base: string): string | null {
  try {
    if (isWithoutJournal(mountAt(mountEntries(), base))) return 'its journal could not be replayed';
    runTool(['mount', '--options-mode', 'ignore', '-o', 'remount,rw', '--', base]);
    const entry = mountAt(mountEntries(), base);
    if (entry === undefined || [...entry.options, ...entry.superOptions].includes('ro')) return 'it is read-only';
    return whyNoRoom(statfsSync(base))?.replace('data partition', 'file system of the deployment') ?? null;
  } catch (error) {
    return describeError(error);
  }
}

/** What the repository, or the deployment in place of its initramfs, says about `/sysroot`. */
function readsSysrootOnly({ path }: OstreeDeployment, base: string): boolean {
  const files = [
    [base, '/ostree/repo/config'],
    [join(base, path), '/usr/lib/ostree/prepare-root.conf'],
    [join(base, path), '/etc/ostree/prepare-root.conf'],
  ] as const;
  return files.some(
    ([root, file]) =>
      statInRoot(root, file)?.isFile() === true && isSysrootReadOnly(readWhole(root, file).toString('utf8')),
  );
}

/** Where `/boot` is a part of this file system, and not a partition that the deployment's fstab mounts. */
function bindBoot({ base, newRoot }: Places): void {
  const isHere = lstatSync(join(base, 'boot/loader'), { throwIfNoEntry: false })?.isSymbolicLink() === true;
  const target = join(newRoot, 'boot');
  if (isHere && lstatSync(target, { throwIfNoEntry: false })?.isDirectory() === true) {
    bindMount(join(base, 'boot'), target);
  }
}

function bindOwn({ varPath }: OstreeDeployment, { base, newRoot }: Places, isReadOnly: boolean): void {
  // Mounts of their own, which a read-only `/` or `/sysroot` does not touch.
  if (isReadOnly) bindMount(join(newRoot, 'etc'), join(newRoot, 'etc'));
  bindMount(join(base, varPath), requireVar(newRoot));
}

/** An overlay on each of the two, and none on `/`: under an overlay ostree does not know its deployment. */
function coverWithMemory(
  { path, varPath }: OstreeDeployment,
  state: OstreeState,
  { kind, size }: OstreeRequest,
  places: Places,
): void {
  const { newRoot, memory, runDir, base } = places;
  mkdirSync(memory, { recursive: true });
  mountMemory(memory, kind === 'none' ? '16m' : size);
  const below =
    state === 'fresh' ? { etc: `${path}/usr/etc`, var: `${path}/var` } : { etc: `${path}/etc`, var: varPath };
  const parameters = overlayParameters(join(base, path));
  requireVar(newRoot);
  for (const name of ['etc', 'var'] as const) {
    const upper = join(memory, name, 'upper');
    const work = join(memory, name, 'work');
    for (const dir of [upper, work]) mkdirSync(dir, { recursive: true, mode: 0o755 });
    const relative = (dir: string): string => dir.slice(runDir.length + 1);
    const layers = { lower: [relative(join(base, below[name]))], upper: relative(upper), work: relative(work) };
    const options = overlayOptions(layers, parameters);
    mount({ type: 'overlay', source: 'lifeboot', target: join(newRoot, name), options, cwd: runDir });
  }
}

function requireVar(newRoot: string): string {
  const target = join(newRoot, 'var');
  if (lstatSync(target, { throwIfNoEntry: false })?.isDirectory() === true) return target;
  throw new BootError('CONTENT', "the deployment has no directory 'var'");
}

function remountBind(point: string, option: 'ro' | 'rw'): void {
  runTool(['mount', '-o', `remount,bind,${option}`, '--', point]);
}

/** Believes only what the kernel shows. */
function verify({ path, varPath }: OstreeDeployment, state: OstreeState, { base, newRoot }: Places): void {
  const entries = mountEntries();
  const whole = mountAt(entries, base);
  const prefix = whole === undefined || whole.root === '/' ? '' : whole.root;
  const expected: readonly (readonly [point: string, root: string])[] = [
    [newRoot, path],
    [join(newRoot, 'usr'), `${path}/usr`],
    [join(newRoot, 'sysroot'), ''],
    ...(state === 'own' ? [[join(newRoot, 'var'), varPath] as const] : []),
  ];
  for (const [point, root] of expected) {
    const entry = mountAt(entries, point);
    const isRight = entry?.device === whole?.device && entry?.root === (`${prefix}${root}` || '/');
    if (!isRight)
      throw new BootError('IO', `the assembled root is not what was asked for: '${point}' shows '${entry?.root}'`);
  }
  if (mountAt(entries, join(newRoot, 'usr'))?.options.includes('ro') !== true) {
    throw new BootError('IO', 'the assembled root is not what was asked for: /usr is writable');
  }
}

function writeMarks({ run }: Places, isReadOnly: boolean): void {
  const [booted = '', mountVar = '', readOnly = ''] = MARKS.map((name) => join(run, name));
  mkdirSync(dirname(mountVar), { recursive: true, mode: 0o755 });
  writeFileSync(booted, ostreeBootedFile(isReadOnly), { mode: 0o644 });
  // So that its generator does not mount a /var of its own over this one.
  writeFileSync(mountVar, '');
  if (isReadOnly) writeFileSync(readOnly, '');
}

/** The base id is the commit, so what runs must be the commit. */
function hotfix({ newRoot }: Places): readonly string[] {
  const isUnlocked = lstatSync(join(newRoot, '.usr-ovl-work'), { throwIfNoEntry: false }) !== undefined;
  return isUnlocked
    ? ["the deployment was unlocked by 'ostree admin unlock --hotfix'; it is booted without those changes to /usr"]
    : [];
}
