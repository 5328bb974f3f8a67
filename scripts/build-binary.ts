/**
 * Packs the scripts of a directory into one executable: `build-binary.ts ARCH DIRECTORY OUTPUT` (ARCH x64 or arm64).
 *
 * Uses the SEA packer of @yao-pkg/pkg on the Node of the npm package, stripped and without locales. pkg downloads Node
 * unless its cache holds an archive with the right name and an empty `.ok` beside it, so both are made here, in a home
 * directory of its own: nothing of the user's is touched and nothing is downloaded.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Arch, buildDir, nodeExecutable, nodeVersion, parseArch } from './node-package.ts';
import { blankSource, readBuiltinSource, UNUSED_BUILTINS } from './slim-builtin.ts';
import { slimIcu } from './slim-icu.ts';

/** Named after how the Node in it was prepared, so that a change of these scripts prepares it again. */
const packHome = join(buildDir, 'pkg-home', digestOf('build-binary.ts', 'slim-icu.ts', 'slim-builtin.ts'));

const STRIP: Record<Arch, readonly string[]> = {
  x64: ['strip', 'x86_64-linux-gnu-strip'],
  arm64: ['aarch64-linux-gnu-strip', 'llvm-strip'],
};

function digestOf(...scripts: string[]): string {
  const hash = createHash('sha256');
  for (const script of scripts) hash.update(readFileSync(join(import.meta.dirname, script)));
  return hash.digest('hex').slice(0, 12);
}

/** Strips when a tool for this architecture is there; a foreign binary works unstripped too, it is only larger. */
function copyStripped(arch: Arch, from: string, to: string): void {
  copyFileSync(from, to);
  chmodSync(to, 0o755);
  const found = STRIP[arch].find((tool) => existsSync(join('/usr/bin', tool)));
  if (found === undefined) console.log(`no strip for ${arch}: the binary keeps its symbols`);
  else execFileSync(found, [to]);
}

/** Takes out what no packed program uses; see slim-icu.ts and slim-builtin.ts for what that spares each boot. */
function slim(node: string): void {
  const image = readFileSync(node);
  const { droppedItems, droppedBytes } = slimIcu(image);
  console.log(`${node}: ${droppedItems} locale items, ${droppedBytes} bytes blanked`);
  for (const name of UNUSED_BUILTINS) {
    const bytes = blankSource(image, readBuiltinSource(process.execPath, name));
    console.log(`${node}: ${name}, ${bytes} bytes blanked`);
  }
  writeFileSync(node, image);
}

/** Makes the archive that pkg would otherwise download. Done once for each version and architecture. */
function prepareArchive(arch: Arch): void {
  const name = `node-v${nodeVersion()}-linux-${arch}`;
  const cache = join(packHome, '.pkg-cache', 'sea');
  const archive = join(cache, `${name}.tar.gz`);
  if (existsSync(`${archive}.ok`)) return;
  for (const old of existsSync(dirname(packHome)) ? readdirSync(dirname(packHome)) : []) {
    if (old !== basename(packHome)) rmSync(join(dirname(packHome), old), { recursive: true });
  }
  const bin = join(packHome, 'node-archive', name, 'bin');
  mkdirSync(bin, { recursive: true });
  mkdirSync(cache, { recursive: true });
  copyStripped(arch, nodeExecutable(arch), join(bin, 'node'));
  slim(join(bin, 'node'));
  execFileSync('tar', ['-C', join(packHome, 'node-archive'), '-cf', archive, '-I', 'gzip -1', name]);
  rmSync(join(packHome, 'node-archive'), { recursive: true });
  writeFileSync(`${archive}.ok`, '');
}

function pack(arch: Arch, bundles: string, output: string): void {
  prepareArchive(arch);
  // pkg reads the home directory when it is loaded, and the name of the output only from its options.
  const made = join(dirname(output), `.${basename(output)}.${process.pid}`);
  execFileSync(process.execPath, [join(import.meta.dirname, 'pack-sea.ts'), arch, bundles, made], {
    env: { ...process.env, HOME: packHome },
    stdio: 'inherit',
  });
  renameSync(made, output);
  console.log(`${output}: ${statSync(output).size} bytes`);
}

if (import.meta.main) {
  const [arch = 'x64', bundles = 'dist', output = 'dist/lifeboot'] = process.argv.slice(2);
  pack(parseArch(arch), resolve(bundles), resolve(output));
}
