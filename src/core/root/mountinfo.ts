/**
 * `/proc/self/mountinfo`: what the kernel says is mounted, which can differ from what was asked of `mount`.
 *
 * Pure. Format: proc_pid_mountinfo(5). Space, tab, newline and backslash are octal escapes.
 */
export interface MountEntry {
  /** `MAJOR:MINOR` of the file system. */
  readonly device: string;
  /** The directory of the file system that is mounted: `/` unless it is a bind mount of a part. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly source: string;
  /** Options of this mount point. */
  readonly options: readonly string[];
  /** Options of the file system. */
  readonly superOptions: readonly string[];
}

/** @returns one entry a mount, in the kernel's order: a later entry lies on top of an earlier one at the same point. */
export function parseMountinfo(text: string): readonly MountEntry[] {
  return text
    .split('\n')
    .map(parseLine)
    .filter((entry) => entry !== null);
}

function parseLine(line: string): MountEntry | null {
  const words = line.split(' ');
  // Optional fields end at a lone dash.
  const dash = words.indexOf('-', 6);
  const [, , device, root, point, options] = words;
  if (dash < 0 || device === undefined || root === undefined || point === undefined || options === undefined)
    return null;
  return {
    device,
    root: decode(root),
    point: decode(point),
    options: options.split(','),
    type: decode(words[dash + 1] ?? ''),
    source: decode(words[dash + 2] ?? ''),
    superOptions: splitOptions(words[dash + 3] ?? '').map(decode),
  };
}

/** Splits at commas that no backslash protects. */
function splitOptions(text: string): readonly string[] {
  return text.match(/(?:\\.|[^\\,])+/g) ?? [];
}

function decode(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** @returns what is visible at `point`: the entry mounted there last. */
export function mountAt(entries: readonly MountEntry[], point: string): MountEntry | undefined {
  return entries.findLast((entry) => entry.point === point);
}

/** @returns the value of `name=value` among mount options; undefined when it is not there. */
export function optionValue(options: readonly string[], name: string): string | undefined {
  return options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** @returns the lower directories of an overlay, top first; kernels show them in one option or in one for each. */
export function lowerLayers(options: readonly string[]): readonly string[] {
  const each = options.filter((option) => option.startsWith('lowerdir+=')).map((option) => option.slice(10));
  return each.length > 0 ? each : (optionValue(options, 'lowerdir')?.split(':') ?? []);
}

/** @returns the mount points at or below one of `tops`, newest first: the order in which they can be unmounted. */
export function pointsBelow(entries: readonly MountEntry[], tops: readonly string[]): readonly string[] {
  return entries
    .map((entry) => entry.point)
    .filter((point) => tops.some((top) => point === top || point.startsWith(`${top}/`)))
    .reverse();
}
