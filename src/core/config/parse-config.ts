/**
 * From the text of `lifeboot.toml` and the kernel's settings to a checked configuration.
 *
 * Pure, and total: whatever cannot be used is replaced by its default and told as a problem, because in the initramfs a
 * typo must not brick. Commands that write, and `doctor`, treat the same problems as errors.
 */
import { parse as parseToml } from 'smol-toml';
import * as v from 'valibot';
import { describeError } from '../errors.ts';
import type { Setting } from '../kernel-cmdline.ts';
import { isSlotName } from '../slot.ts';
import type { Config } from './config.ts';
import { applyOverrides } from './overrides.ts';
import { configSchema, type RawConfig } from './schema.ts';
import { shapeSnapshots } from './snapshots-schema.ts';
import { shapeTend } from './tend-schema.ts';

export interface ParsedConfig {
  readonly config: Config;
  /** Each names file, key, what was found and what was expected. */
  readonly problems: readonly string[];
  /** What was overridden, and what was ignored there. */
  readonly notes: readonly string[];
  /** `lifeboot.slot=` of the kernel command line. */
  readonly forcedSlot: string | null;
}

type Table = Record<string, unknown>;

const DEFAULT_HOLD_SECONDS = 120;

/** The slots of a node whose configuration could not be read at all: DESIGN's own names. */
const FALLBACK_SLOTS = { a: { root: 'PARTLABEL=root-a' }, b: { root: 'PARTLABEL=root-b' } };

/**
 * @param text the file's content, or null when there is none
 * @param file its name, for messages
 * @param settings `lifeboot.*` of bootconfig, then of the kernel command line; later wins
 */
export function parseConfig(text: string | null, file: string, settings: readonly Setting[] = []): ParsedConfig {
  const problems: string[] = [];
  const raw = readTable(text, file, problems);
  const overridden = applyOverrides(raw, settings);
  const config = shape(reconcile(check(overridden.table, file, problems), file, problems));
  const slot = overridden.slot;
  const isForced = slot !== null && isSlotName(slot) && Object.hasOwn(config.slots, slot);
  const unknown = slot !== null && !isForced ? [`lifeboot.slot='${slot}' names no configured slot, ignoring it`] : [];
  return { config, problems, notes: [...overridden.notes, ...unknown], forcedSlot: isForced ? slot : null };
}

function readTable(text: string | null, file: string, problems: string[]): Table {
  if (text === null) {
    problems.push(`${file}: cannot be read; expected the configuration; using defaults`);
    return {};
  }
  try {
    return parseToml(text) as Table;
  } catch (error) {
    const [reason = ''] = describeError(error).split('\n\n');
    problems.push(`${file}: is no valid TOML: ${reason.replaceAll('\n', ' ')}; using defaults`);
    return {};
  }
}

/** Takes away what the schema refuses, one value at a time, until the rest is a configuration. */
function check(table: Table, file: string, problems: string[]): RawConfig {
  let rest = table;
  for (let round = 0; round < 1000; round += 1) {
    const result = v.safeParse(configSchema, rest);
    if (result.success) return result.output;
    if (round === 0) rest = structuredClone(table);
    const [issue] = result.issues;
    const keys = (issue.path ?? []).map(({ key }) => String(key));
    problems.push(describeIssue(issue, keys, file));
    remove(rest, keys);
    if (Object.keys(rest['slots'] ?? {}).length === 0) rest['slots'] = structuredClone(FALLBACK_SLOTS);
  }
  return v.parse(configSchema, { slots: FALLBACK_SLOTS });
}

function describeIssue(issue: v.BaseIssue<unknown>, keys: readonly string[], file: string): string {
  const key = keys.join('.');
  if (issue.type === 'strict_object' && issue.expected === 'never')
    return `${file}: '${key}': found an unknown key; expected none of that name`;
  const isMissing = issue.input === undefined;
  const found = isMissing
    ? 'nothing'
    : `'${typeof issue.input === 'string' ? issue.input : JSON.stringify(issue.input)}'`;
  const expected = isMissing && issue.type === 'strict_object' ? 'a value' : issue.message;
  return `${file}: '${key}': found ${found}; expected ${expected}`;
}

/** Removes the value at `keys`; a required value that is missing takes its table with it. */
function remove(table: Table, keys: readonly string[]): void {
  const [key, ...deeper] = keys;
  if (key === undefined) return;
  const inner = table[key];
  const holdsMore =
    typeof inner === 'object' && inner !== null && deeper[0] !== undefined && Object.hasOwn(inner, deeper[0]);
  if (holdsMore) remove(inner as Table, deeper);
  else if (Array.isArray(table)) table.splice(Number(key), 1);
  else delete table[key];
}

/** What is right alone and wrong together: a hold that no deadline has room for would condemn every trial. */
function reconcile(raw: RawConfig, file: string, problems: string[]): RawConfig {
  const { hold, deadline } = raw.confirm;
  if (hold < deadline) return raw;
  const shorter = Math.min(DEFAULT_HOLD_SECONDS, deadline / 2);
  problems.push(
    `${file}: 'confirm.hold': found ${hold} s; expected less than 'confirm.deadline', which is ${deadline} s`,
  );
  return { ...raw, confirm: { ...raw.confirm, hold: shorter } };
}

/** From the file's spelling to the program's. */
function shape(raw: RawConfig): Config {
  const { confirm, devices, watchdog, tunnel, rescue, tend, snapshots, ...same } = raw;
  return {
    ...same,
    identity: { files: withOwnFiles(raw) },
    tunnel: tunnel === null ? null : shapeTunnel(tunnel),
    tend: shapeTend(tend),
    snapshots: shapeSnapshots(snapshots),
    rescue: rescue === null ? null : shapeRescue(rescue),
    confirm: { deadlineSeconds: confirm.deadline, holdSeconds: confirm.hold, busySeconds: confirm.busy },
    devices: { waitSeconds: devices.wait },
    watchdog: { device: watchdog.device, timeoutSeconds: watchdog.timeout, heartbeat: watchdog.heartbeat },
  };
}

/** What rescue adds to the identity: its host key is the same whichever slot an image was made in. */
export const RESCUE_FILES: readonly string[] = [
  '/etc/lifeboot/rescue_host_key',
  '/etc/lifeboot/rescue_host_key.pub',
  '/etc/lifeboot/rescue_authorized_keys',
];

/**
 * Wherever lifeboot's own files are: without them a clean boot or the recovery slot is out of reach, and a new system takes
 * no further image.
 */
function withOwnFiles({ identity, tunnel, rescue, install }: RawConfig): readonly string[] {
  const own = tunnel === null ? [] : [tunnel.identity, tunnel.certificate, tunnel.known_hosts, tunnel.selfcheck_key];
  const ofRescue = rescue === null ? [] : RESCUE_FILES;
  const files = [...identity.files, ...own.filter((path) => path !== null), install.signers, ...ofRescue];
  return [...new Set(files)];
}

function shapeTunnel(tunnel: NonNullable<RawConfig['tunnel']>): Config['tunnel'] {
  const { host: hosts, known_hosts, selfcheck_key, selfcheck_user, ...same } = tunnel;
  const [host = '', ...otherHosts] = hosts;
  const own = { knownHosts: known_hosts, selfcheckKey: selfcheck_key, selfcheckUser: selfcheck_user };
  return { ...same, host, otherHosts, ...own };
}

function shapeRescue({ time, ...same }: NonNullable<RawConfig['rescue']>): Config['rescue'] {
  return { timeSeconds: time, ...same };
}
