/**
 * The systemd units that end a boot without a verdict, whatever the booted slot contains.
 *
 * Pure: file names (below `/run/systemd`) and texts. Invariant: they use nothing of the slot but systemd itself, and
 * hold in emergency and rescue mode too, because a bad fstab line must not leave a node waiting for a hand.
 */
export interface DeadlineRequest {
  /** From the start of the kernel until the reboot. */
  readonly seconds: number;
  /** Emergency and rescue shells end by reboot. */
  readonly unattended: boolean;
  /** Where the slot has `systemctl`. */
  readonly systemctl: string;
  /** `/run/lifeboot` as the booted system sees it. */
  readonly runDir: string;
}

export type UnitFile =
  | { readonly path: string; readonly text: string }
  /** A link, for `.wants` directories. */
  | { readonly path: string; readonly target: string };

/** The confirm stage decides first; this is for when there is none. */
const GRACE_SECONDS = 60;
const SHELL_SECONDS = 60;
/** systemd's own limit for a shutdown that hangs, kept by the hardware watchdog. */
const REBOOT_WATCHDOG_SECONDS = 300;

export function deadlineUnits(request: DeadlineRequest): readonly UnitFile[] {
  return [
    { path: 'system/lifeboot-deadline.timer', text: timer(request.seconds + GRACE_SECONDS) },
    { path: 'system/lifeboot-deadline.service', text: service(request) },
    ...['sysinit', 'emergency', 'rescue'].map((target) => ({
      path: `system/${target}.target.wants/lifeboot-deadline.timer`,
      target: '../lifeboot-deadline.timer',
    })),
    ...(request.unattended ? ['emergency', 'rescue'].map(shellEnd) : []),
    ...ROOT_UNITS.map((unit) => ({ path: `system/${unit}.d/lifeboot.conf`, text: notOnOverlay(request.runDir) })),
  ];
}

/**
 * What is meant for a root that is a block device fails on an overlay (growing it), or would write to the base
 * (checking it).
 */
const ROOT_UNITS = [
  'systemd-fsck-root.service',
  'systemd-growfs-root.service',
  'systemd-growfs@-.service',
  'systemd-quotacheck-root.service',
  'quotaon-root.service',
];

function timer(seconds: number): string {
  return `[Unit]
Description=Deadline for the verdict on this boot
DefaultDependencies=no
IgnoreOnIsolate=yes

[Timer]
OnBootSec=${seconds}s
AccuracySec=1s
`;
}

function service({ systemctl, runDir }: DeadlineRequest): string {
  return `[Unit]
Description=Reboot, because this boot has no verdict
DefaultDependencies=no
IgnoreOnIsolate=yes
ConditionPathExists=!${runDir}/verdict
FailureAction=reboot-immediate

[Service]
Type=oneshot
ExecStart=${systemctl} --force reboot
TimeoutStartSec=60s
StandardOutput=journal+console
`;
}

function shellEnd(name: string): UnitFile {
  return {
    path: `system/${name}.service.d/lifeboot.conf`,
    text: `# Nobody sits at this console: the boot ends here, and the next one takes another way.
[Unit]
FailureAction=reboot-force

[Service]
RuntimeMaxSec=${SHELL_SECONDS}s
TimeoutStopSec=5s
`,
  };
}

/**
 * Settings of systemd itself.
 * @param watchdog that it is to take over, or null: it opens none
 */
export function managerConfig(
  watchdog: { readonly device: string | null; readonly timeoutSeconds: number } | null,
): UnitFile {
  const lines = watchdog === null ? [] : watchdogLines(watchdog.device, watchdog.timeoutSeconds);
  return {
    path: `system.conf.d/${MANAGER_CONF}`,
    text: `# A service manager that crashed would freeze, and the node with it.
[Manager]
CrashReboot=yes
${lines.map((line) => `${line}\n`).join('')}`,
  };
}

const MANAGER_CONF = 'lifeboot.conf';

/**
 * systemd reads all directories as one, sorted by name, and the last word counts: a slot that turns its watchdog off, or
 * names another one, in a file that comes later, would be reset while it works.
 */
export const MANAGER_CONF_AGAIN: UnitFile = { path: 'system.conf.d/zzzz-lifeboot.conf', target: MANAGER_CONF };

/**
 * Before systemd 243 ShutdownWatchdogSec= was the only one for the end; either takes the one it knows and warns of the
 * other. The device is always named: the one that is armed must be the one that is fed.
 */
function watchdogLines(device: string | null, seconds: number): readonly string[] {
  return [
    `RuntimeWatchdogSec=${seconds}s`,
    `ShutdownWatchdogSec=${REBOOT_WATCHDOG_SECONDS}s`,
    `RebootWatchdogSec=${REBOOT_WATCHDOG_SECONDS}s`,
    `WatchdogDevice=${device ?? '/dev/watchdog'}`,
  ];
}

function notOnOverlay(runDir: string): string {
  return `[Unit]
ConditionPathExists=!${runDir}
`;
}

/**
 * For `systemd-remount-fs`: it would give the overlay the options of a disk, which newer util-linux takes as an
 * error, and would make a root writable that is meant to be read-only.
 * @param fstab a table without a line for `/`, or null: the root's own table has none
 */
export function remountUnit(fstab: string | null): UnitFile {
  const tables = fstab === null ? '' : ` SYSTEMD_FSTAB=${fstab} LIBMOUNT_FSTAB=${fstab}`;
  return {
    path: 'system/systemd-remount-fs.service.d/lifeboot.conf',
    text: `# The root is an overlay: it stays as it was put together.
[Service]
Environment=SYSTEMD_REMOUNT_ROOT_RW=0${tables}
`,
  };
}

/**
 * @param fstab the root's own table
 * @returns it without its line for `/`; null when there is none
 */
export function fstabWithoutRoot(fstab: string): string | null {
  const lines = fstab.split('\n');
  const kept = lines.filter((line) => line.trim().startsWith('#') || line.trim().split(/\s+/)[1] !== '/');
  return kept.length === lines.length ? null : kept.join('\n');
}
