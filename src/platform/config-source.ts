/**
 * The configuration file and the kernel's settings, read and checked.
 */
import { readFileSync } from 'node:fs';
import type { ConfigSource } from '../app/ports.ts';
import { parseConfig } from '../core/config/parse-config.ts';
import { lifebootSettings, parseBootconfig, parseKernelCmdline } from '../core/kernel-cmdline.ts';

/** @param path where `lifeboot.toml` is; read at each `load` */
export function makeConfigSource(path: string): ConfigSource {
  return {
    load(fromState = []) {
      const settings = [
        ...fromState,
        ...lifebootSettings(parseBootconfig(readOrEmpty('/proc/bootconfig'))),
        ...lifebootSettings(parseKernelCmdline(readOrEmpty('/proc/cmdline'))),
      ];
      return { path, ...parseConfig(readOrNull(path), path, settings) };
    },
  };
}

/** A file that cannot be read is told by `parseConfig`; a kernel without bootconfig has no such file. */
function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function readOrEmpty(path: string): string {
  return readOrNull(path) ?? '';
}
