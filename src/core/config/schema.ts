/**
 * What a configuration file may say: one valibot schema, with the default of each value.
 *
 * Pure. The messages are what was expected, in words; `parse-config.ts` adds file, key and what was found.
 */
import * as v from 'valibot';
import { OSTREE_NAME } from '../root/ostree-name.ts';
import { isSlotName } from '../slot.ts';
import { snapshotNumber } from '../store/snapshot-name.ts';
import { snapshots } from './snapshots-schema.ts';
import { tend } from './tend-schema.ts';
import { duration, flag, text, toSeconds, wholeNumber } from './values.ts';

const path = v.pipe(text, v.check(isCleanAbsolute, "an absolute path without '..'"));
const mountPoint = v.pipe(
  text,
  v.check((value) => value === '/' || isCleanAbsolute(value), "'/', or an absolute path without '..'"),
);
const relativePath = v.pipe(text, v.check(isCleanRelative, 'a relative path inside the file system'));

const DEVICE = "PARTLABEL=, PARTUUID=, LABEL= or UUID= with a value, or a path such as '/dev/sda1'";
const device = v.pipe(text, v.regex(/^((PARTLABEL|PARTUUID|LABEL|UUID)=[^\0\n]+|\/[^\0\n]+)$/, DEVICE));
const host = v.pipe(text, v.regex(/^[^-\s][^\s]*$/, "a host name or address that does not begin with '-'"));
const forward = v.pipe(
  text,
  v.regex(
    /^(\/[^:\s]+|(\S+:)?\d{1,5}):(\[[0-9a-fA-F:.]+\]|[^-:\s][^:\s]*):\d{1,5}$/,
    "'REMOTE:HOST:PORT', where REMOTE is 0, a port, ADDRESS:PORT or a socket's path",
  ),
);
/** A few seconds would reset a slow node before its init takes over, in every slot and for ever. */
const TIMEOUT = "0 (off), or a duration from 10s to 10min, such as '60s'";
const watchdogTimeout = v.pipe(
  v.union([v.string(), v.number()], TIMEOUT),
  v.check((value) => toSeconds(value) === 0 || (toSeconds(value) >= 10 && toSeconds(value) <= 600), TIMEOUT),
  v.transform(toSeconds),
);
/** Nothing else is opened or written, because the kernel command line may set these too. */
const watchdogDevice = v.pipe(text, v.regex(/^\/dev\/watchdog\d*$/, "a watchdog such as '/dev/watchdog0'"));
/** In memory or a pin: a beat each minute would wear out flash. */
const HEARTBEAT = "'/sys/class/gpio/gpioN/value', or a file below /run";
const heartbeat = v.pipe(
  path,
  v.regex(/^(\/run\/(?!lifeboot\/|systemd\/)[^\0\n]+|\/sys\/class\/gpio\/gpio\d+\/value)$/, HEARTBEAT),
);

const ostree = v.pipe(text, v.regex(OSTREE_NAME, "'STATEROOT', 'STATEROOT/INDEX' or 'STATEROOT/CHECKSUM.SERIAL'"));

/** It becomes one of several mount options, which commas part. */
const subvolume = v.pipe(
  text,
  v.check((value) => isCleanRelative(value) && !value.includes(','), 'a path below the top level of the file system'),
);

const ONE_KIND = "one of 'image', 'subvolume' and 'ostree'";

const slot = v.pipe(
  v.strictObject({
    root: device,
    image: v.optional(v.nullable(relativePath), null),
    subvolume: v.optional(v.nullable(subvolume), null),
    ostree: v.optional(v.nullable(ostree), null),
    role: v.optional(v.picklist(['normal', 'recovery'], "'normal' or 'recovery'"), 'normal'),
    removable: v.optional(flag, false),
    init: v.optional(v.nullable(path), null),
  }),
  v.forward(
    v.partialCheck(
      [['image'], ['subvolume'], ['ostree']],
      (kinds) => kinds.image === null || (kinds.subvolume === null && kinds.ostree === null),
      ONE_KIND,
    ),
    ['image'],
  ),
  v.forward(
    v.partialCheck([['subvolume'], ['ostree']], (kinds) => kinds.subvolume === null || kinds.ostree === null, ONE_KIND),
    ['subvolume'],
  ),
);

export const DEFAULT_IDENTITY: readonly string[] = [
  '/etc/lifeboot/tunnel_key',
  '/etc/lifeboot/tunnel_key-cert.pub',
  '/etc/lifeboot/known_hosts',
  '/etc/lifeboot/selfcheck_key',
  '/etc/ssh/ssh_host_*',
  '/root/.ssh/authorized_keys',
  '/etc/machine-id',
  '/etc/lifeboot/node-id',
];

/** One, or a list: names and addresses of the same server, tried in turn. */
const hosts = v.pipe(
  v.lazy((input) =>
    Array.isArray(input) ? v.pipe(v.array(host), v.minLength(1, 'a host, or a list with at least one')) : host,
  ),
  v.transform((value): readonly string[] => (typeof value === 'string' ? [value] : value)),
);

const address = v.pipe(text, v.regex(/^(?=.*[.:])[0-9A-Fa-f:.]+$/, 'an IPv4 or IPv6 address'));
const network = v.pipe(
  text,
  v.regex(/^(?=.*[.:])[0-9A-Fa-f:.]+\/\d{1,3}$/, "an address with its prefix, such as '192.0.2.10/24'"),
);
const moduleName = v.pipe(text, v.regex(/^[A-Za-z0-9_-]+$/, "the name of a kernel module, such as 'r8152'"));

/** Its presence is what puts rescue into the initramfs. */
const rescue = v.strictObject({
  time: v.optional(duration('1min', '6h'), '30min'),
  modules: v.optional(v.array(moduleName, 'a list of kernel modules'), []),
  address: v.optional(v.array(network, 'a list of addresses'), []),
  gateway: v.optional(v.array(address, 'a list of addresses'), []),
  dns: v.optional(v.array(address, 'a list of addresses'), []),
});

const tunnel = v.strictObject({
  host: hosts,
  port: v.optional(wholeNumber(1, 65_535), 22),
  user: host,
  identity: v.optional(path, '/etc/lifeboot/tunnel_key'),
  certificate: v.optional(v.nullable(path), null),
  known_hosts: v.optional(path, '/etc/lifeboot/known_hosts'),
  forward,
  proof: v.optional(v.picklist(['auto', 'forward', 'loop', 'remote'], "'auto', 'forward', 'loop' or 'remote'"), 'auto'),
  options: v.optional(v.array(text, 'a list of texts'), []),
  selfcheck_key: v.optional(path, '/etc/lifeboot/selfcheck_key'),
  selfcheck_user: v.optional(host, 'root'),
});

const repair = v.pipe(
  v.strictObject({
    auto: v.optional(v.picklist(['no', 'fsck', 'reflash'], "'no', 'fsck' or 'reflash'"), 'no'),
    source: v.optional(
      v.nullable(
        v.pipe(
          text,
          v.check((value) => isSlotName(value) || isCleanAbsolute(value), 'a path or a slot name'),
        ),
      ),
      null,
    ),
  }),
  v.check(({ auto, source }) => auto !== 'reflash' || source !== null, "a 'source', which auto = 'reflash' needs"),
);

/** Sections that may be left out are filled in by their defaults; `slots` may not. */
export const configSchema = v.strictObject({
  node: v.optional(v.strictObject({ name: v.optional(text, 'node'), unattended: v.optional(flag, true) }), {}),
  state: v.optional(
    v.strictObject({
      device: v.optional(device, 'PARTLABEL=lifeboot-state'),
      file: v.optional(v.nullable(relativePath), null),
    }),
    {},
  ),
  slots: v.pipe(
    v.record(
      v.pipe(
        v.string(),
        v.check(isSlotName, "a slot name: a lower-case letter, then letters, digits, '-', '_'"),
        v.check((name) => snapshotNumber(name) === null, "another name: 's1', 's2', … are kept snapshots"),
      ),
      slot,
    ),
    v.check((slots) => Object.keys(slots).length > 0, 'at least one slot'),
  ),
  upper: v.optional(
    v.strictObject({
      kind: v.optional(v.picklist(['persistent', 'tmpfs', 'none'], "'persistent', 'tmpfs' or 'none'"), 'persistent'),
      device: v.optional(v.nullable(device), null),
      removable: v.optional(flag, false),
      size: v.optional(v.pipe(text, v.regex(/^\d+[%kmgKMG]?$/, "a size such as '25%' or '512M'")), '25%'),
      carry: v.optional(v.picklist(['fresh', 'etc'], "'fresh' or 'etc'"), 'fresh'),
    }),
    {},
  ),
  persist: v.optional(v.array(v.strictObject({ path }), 'a list of tables'), []),
  identity: v.optional(
    v.strictObject({ files: v.optional(v.array(path, 'a list of paths'), [...DEFAULT_IDENTITY]) }),
    {},
  ),
  attempts: v.optional(
    v.strictObject({ trial: v.optional(wholeNumber(1, 100), 3), good: v.optional(wholeNumber(1, 100), 5) }),
    {},
  ),
  tunnel: v.optional(v.nullable(tunnel), null),
  confirm: v.optional(
    v.strictObject({
      deadline: v.optional(duration('30s', '1d'), '15min'),
      hold: v.optional(duration('0s', '1h'), '2min'),
      busy: v.optional(duration('0s', '1d'), '15min'),
    }),
    {},
  ),
  devices: v.optional(v.strictObject({ wait: v.optional(duration('0s', '90s'), '30s') }), {}),
  tend: v.optional(tend, {}),
  repair: v.optional(repair, {}),
  install: v.optional(
    v.strictObject({
      signers: v.optional(path, '/etc/lifeboot/allowed_signers'),
      unsigned: v.optional(flag, false),
    }),
    {},
  ),
  layers: v.optional(v.strictObject({ compact: v.optional(wholeNumber(1, 400), 20) }), {}),
  btrfs: v.optional(
    v.strictObject({
      subvolumes: v.optional(
        v.array(v.strictObject({ path: mountPoint, snapshots: relativePath }), 'a list of tables'),
        [],
      ),
    }),
    {},
  ),
  snapshots: v.optional(snapshots, {}),
  rescue: v.optional(v.nullable(rescue), null),
  watchdog: v.optional(
    v.strictObject({
      device: v.optional(v.nullable(watchdogDevice), null),
      timeout: v.optional(watchdogTimeout, '60s'),
      heartbeat: v.optional(v.nullable(heartbeat), null),
    }),
    {},
  ),
  log: v.optional(v.picklist(['quiet', 'normal', 'debug'], "'quiet', 'normal' or 'debug'"), 'normal'),
});

export type RawConfig = v.InferOutput<typeof configSchema>;

function isCleanAbsolute(value: string): boolean {
  return value.startsWith('/') && isCleanRelative(value.slice(1));
}

function isCleanRelative(value: string): boolean {
  return (
    value !== '' &&
    value.split('/').every((part) => part !== '' && part !== '.' && part !== '..') &&
    !value.includes('\0')
  );
}
