/**
 * How much a tree holds, by du(1).
 */
import { readdirSync } from 'node:fs';
import { runTool } from '../root/tools.ts';

export interface DiskUsage {
  /** Of all files in it. */
  readonly sizeBytes: number;
  /** Without the directory itself. */
  readonly entries: number;
}

/** @throws BootError IO */
export function diskUsage(dir: string): DiskUsage {
  if (readdirSync(dir).length === 0) return { sizeBytes: 0, entries: 0 };
  const [sizeBytes, entries] = [['--apparent-size', '--block-size=1'], ['--inodes']].map((options) =>
    Number(/^\d+/.exec(runTool(['du', '-s', ...options, '--', dir], { timeoutMs: 120_000 }))?.[0] ?? 0),
  ) as [number, number];
  return { sizeBytes, entries: entries - 1 };
}
