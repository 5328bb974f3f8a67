/**
 * The shape of a checked configuration: what `/etc/lifeboot/lifeboot.toml` says, with defaults filled in.
 *
 * Pure. Durations are seconds, sizes bytes or a systemd-like percentage of memory as written.
 */
import type { Rung } from '../ladder/rungs.ts';
import type { Role, SlotName } from '../slot.ts';

export type UpperKind = 'persistent' | 'tmpfs' | 'none';
export type ProofSetting = 'auto' | 'forward' | 'loop' | 'remote';

export interface SlotConfig {
  /** Where the base is: `PARTLABEL=`, `PARTUUID=`, `LABEL=`, `UUID=` or an absolute path. */
  readonly root: string;
  /** An image file on it: a path inside its file system. null: none, `root` itself is the base. */
  readonly image: string | null;
  /** A read-only Btrfs subvolume on it: a path below the top level. null: none. */
  readonly subvolume: string | null;
  /** A deployment of the OSTree repository on it; see `core/root/ostree-name.ts`. null: none. */
  readonly ostree: string | null;
  readonly role: Role;
  /** A removable device may carry this slot's identity files even before it was proven. */
  readonly removable: boolean;
  /** The init to run, a path in the root; null: the first usual one that is there. */
  readonly init: string | null;
}

export interface TunnelConfig {
  /** The server, by the name or address that its host key is pinned for. */
  readonly host: string;
  /** Further names or addresses of the same server, tried in turn; pinned by the key of `host`. */
  readonly otherHosts: readonly string[];
  readonly port: number;
  readonly user: string;
  readonly identity: string;
  readonly certificate: string | null;
  readonly knownHosts: string;
  /** `REMOTE:HOST:PORT`, where REMOTE is `0`, a port, `ADDRESS:PORT` or the path of a socket on the server. */
  readonly forward: string;
  readonly proof: ProofSetting;
  /** Further `-o` options, each `Name=value`, checked against a list. */
  readonly options: readonly string[];
  /** The key that may do nothing on this node but answer `lifeboot proof --echo`. */
  readonly selfcheckKey: string;
  /** The account that the near-end login uses. */
  readonly selfcheckUser: string;
}

/** A subvolume of which Snapper makes snapshots. */
export interface SnapperConfig {
  /** Where the running system has it; `/` can be booted. */
  readonly path: string;
  /** Where its snapshots are: a path below the top level of the data partition. */
  readonly snapshots: string;
}

/** What the initramfs does when nothing boots. */
export interface RescueConfig {
  /** How long the first rescue of a row lasts. */
  readonly timeSeconds: number;
  /** Kernel modules besides those of the machine that the image is made on. */
  readonly modules: readonly string[];
  /** `ADDRESS/PREFIX`; without one of a family, DHCP (IPv4) and router advertisements (IPv6). */
  readonly address: readonly string[];
  readonly gateway: readonly string[];
  readonly dns: readonly string[];
}

export interface WatchdogConfig {
  /** Null: `/dev/watchdog`, and systemd's own choice. */
  readonly device: string | null;
  /** 0: off. */
  readonly timeoutSeconds: number;
  /** A GPIO's value file or a plain file that shows a proven tunnel to whatever watches the node; null: none. */
  readonly heartbeat: string | null;
}

/** When `lifeboot tend` does what. */
export interface TendConfig {
  /** How long a proven tunnel that did not change needs no further proof. */
  readonly lookSeconds: number;
  /** How long the tunnel must be back before a trial that was held in an outage is offered again. */
  readonly againSeconds: number;
  /** Between the first round without a tunnel and the next; doubled each time. */
  readonly pauseSeconds: number;
  /** Restarted by the rung `network`, where they run. */
  readonly networkUnits: readonly string[];
  /** `afterSeconds` without a tunnel in the running boot; `count` times in a round. */
  readonly rungs: Readonly<Record<Rung, { readonly afterSeconds: number; readonly count: number }>>;
}

/** What `lifeboot cleanup` keeps, and which package managers keep snapshots by themselves. */
export interface SnapshotsConfig {
  /** Of rule `number`: so many of the newest. */
  readonly number: number;
  /** Of rule `timeline`: the newest of each of so many periods. */
  readonly timeline: {
    readonly hourly: number;
    readonly daily: number;
    readonly weekly: number;
    readonly monthly: number;
    readonly yearly: number;
  };
  /** Of any rule: none that is older; 0: however old. */
  readonly ageSeconds: number;
  /** While less is free, the oldest of any rule go; 0: never. */
  readonly freeBytes: number;
  /** Whether the hooks of package managers keep a snapshot before and after each change. */
  readonly hooks: Readonly<Record<PackageManager, boolean>>;
}

export const PACKAGE_MANAGERS = ['apt', 'dnf', 'zypper'] as const;
export type PackageManager = (typeof PACKAGE_MANAGERS)[number];

export interface Config {
  readonly node: { readonly name: string; readonly unattended: boolean };
  readonly state: { readonly device: string; readonly file: string | null };
  /** In the order of the file: the order of preference of a new state. */
  readonly slots: Readonly<Record<SlotName, SlotConfig>>;
  readonly upper: {
    readonly kind: UpperKind;
    readonly device: string | null;
    /** The data partition may be on a device that can be pulled out. */
    readonly removable: boolean;
    readonly size: string;
    /** What a new deployment takes over: nothing, or the changes to `/etc` of what was proven last. */
    readonly carry: 'fresh' | 'etc';
  };
  readonly persist: readonly { readonly path: string }[];
  readonly identity: { readonly files: readonly string[] };
  readonly attempts: { readonly trial: number; readonly good: number };
  readonly tunnel: TunnelConfig | null;
  readonly tend: TendConfig;
  /** null: no rescue in the initramfs. */
  readonly rescue: RescueConfig | null;
  readonly confirm: {
    readonly deadlineSeconds: number;
    readonly holdSeconds: number;
    readonly busySeconds: number;
  };
  readonly devices: { readonly waitSeconds: number };
  readonly repair: {
    /** What the check after a fallback does about a damaged slot that is neither running nor the way back. */
    readonly auto: 'no' | 'fsck' | 'reflash';
    /** What `reflash` writes: the path of an image, or the name of a slot. */
    readonly source: string | null;
  };
  readonly install: {
    /** Who may sign images: a file as ssh-keygen(1) describes it, ALLOWED SIGNERS. */
    readonly signers: string;
    /** An image without a signature is taken, too. */
    readonly unsigned: boolean;
  };
  readonly layers: {
    /** A deployment that would have more layers is flattened when it is made. */
    readonly compact: number;
  };
  readonly btrfs: { readonly subvolumes: readonly SnapperConfig[] };
  readonly snapshots: SnapshotsConfig;
  readonly watchdog: WatchdogConfig;
  readonly log: 'quiet' | 'normal' | 'debug';
}
