/**
 * Variants of an initramfs that differ in a few files: the kernel unpacks a further archive last.
 *
 * Effects only, in the directory that is given.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './run-tool.ts';

/** Lays files (path to content; scripts are executable) over an image. */
export function layOver(dir: string, initrd: string, files: Readonly<Record<string, string>>): string {
  const tree = join(dir, 'over');
  rmSync(tree, { recursive: true, force: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(tree, path, '..'), { recursive: true });
    writeFileSync(join(tree, path), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
  }
  const target = join(dir, 'laid-over.img');
  // The kernel looks for a plain archive at multiples of four only; its lz4 ends at four zeros, else it takes what follows.
  const pack =
    'cp "$1" "$3" && truncate -s %4 "$3" && truncate -s +4 "$3" && cd "$2" && find . | cpio --quiet -o -H newc -R 0:0 >>"$3"';
  runTool('sh', ['-ec', pack, 'sh', initrd, tree, target]);
  return target;
}
