/**
 * Settings from `/proc/cmdline` and `/proc/bootconfig`: both lists of `key = value`, in different dress.
 *
 * Pure. Source: Documentation/admin-guide/kernel-parameters.rst and bootconfig.rst. Words are split as the kernel does
 * (double quotes keep spaces); a value is everything after the first `=`, so `root=UUID=x` stays whole.
 */
export interface Setting {
  readonly key: string;
  readonly value: string;
  /** Who says so, for messages; absent: the kernel's settings. */
  readonly origin?: string;
}

/** @returns every word of the command line as a setting, in order; a word without `=` has the value ''. */
export function parseKernelCmdline(text: string): readonly Setting[] {
  const settings: Setting[] = [];
  for (const [word] of text.matchAll(/(?:[^\s"]|"[^"]*"?)+/g)) {
    const at = word.indexOf('=');
    const key = unquote(at < 0 ? word : word.slice(0, at));
    // The kernel hands on everything after a bare `--` to init.
    if (key === '--') break;
    settings.push({ key, value: at < 0 ? '' : unquote(word.slice(at + 1)) });
  }
  return settings;
}

/** @returns the settings of `/proc/bootconfig`, where the kernel prints one `key = "value"` a line. */
export function parseBootconfig(text: string): readonly Setting[] {
  const settings: Setting[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*([^\s=]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (match === null) continue;
    const [, key = '', value = ''] = match;
    settings.push({ key, value: unquote(value) });
  }
  return settings;
}

/** The settings that are for lifeboot, without the prefix: `lifeboot.slot=b` → `slot`, `b`. */
export function lifebootSettings(settings: readonly Setting[]): readonly Setting[] {
  const prefix = 'lifeboot.';
  return settings
    .filter(({ key }) => key.startsWith(prefix))
    .map(({ key, value }) => ({ key: key.slice(prefix.length), value }));
}

function unquote(text: string): string {
  return text.replaceAll('"', '');
}
