/**
 * What a package manager says is installed, and how two lists differ.
 *
 * Pure. dpkg's status file: deb-control stanzas, see dpkg-query(1); rpm's lines are those that lifeboot asks for.
 */
import type { PackageCounts } from './deployment.ts';

/** Version by name; of a foreign architecture `name:arch`. */
export type Packages = ReadonlyMap<string, string>;

export interface PackageChange {
  readonly name: string;
  /** null: it was not installed. */
  readonly from: string | null;
  /** null: it is not installed any more. */
  readonly to: string | null;
}

/** @param text `/var/lib/dpkg/status`: packages that are only known, or removed, are left out */
export function parseDpkgStatus(text: string): Packages {
  const installed = new Map<string, string>();
  const natives = nativeArchitecture(text);
  for (const stanza of text.split(/\n\n+/)) {
    const field = (name: string): string | undefined => new RegExp(`^${name}: *(.*)$`, 'm').exec(stanza)?.[1]?.trim();
    const [name, version, architecture] = [field('Package'), field('Version'), field('Architecture') ?? 'all'];
    const isInstalled = field('Status')?.split(' ')[2] === 'installed';
    if (name === undefined || version === undefined || !isInstalled) continue;
    installed.set(natives.has(architecture) ? name : `${name}:${architecture}`, version);
  }
  return installed;
}

/** `all`, and the architecture of dpkg itself. */
function nativeArchitecture(text: string): ReadonlySet<string> {
  const own = /^Package: dpkg\n(?:.+\n)*?Architecture: *(.*)$/m.exec(text)?.[1]?.trim();
  return new Set(['all', own ?? 'amd64']);
}

/** What `rpm -qa` is asked to print for each package. */
export const RPM_FORMAT = '%{NAME}\\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}.%{ARCH}\\n';

export function parseRpmList(text: string): Packages {
  const lines = text.split('\n').map((line) => line.split('\t'));
  return new Map(lines.flatMap(([name = '', version]) => (version === undefined ? [] : [[name, version] as const])));
}

/** By name. */
export function comparePackages(before: Packages, after: Packages): readonly PackageChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names
    .map((name) => ({ name, from: before.get(name) ?? null, to: after.get(name) ?? null }))
    .filter(({ from, to }) => from !== to);
}

export function countChanges(changes: readonly PackageChange[]): PackageCounts {
  const added = changes.filter(({ from }) => from === null).length;
  const removed = changes.filter(({ to }) => to === null).length;
  return { added, removed, changed: changes.length - added - removed };
}

/** `+3 ~12 −1 packages`. */
export function describeCounts({ added, changed, removed }: PackageCounts): string {
  if (added + changed + removed === 0) return 'the same packages';
  return `+${added} ~${changed} −${removed} packages`;
}
