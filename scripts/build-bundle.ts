/**
 * Bundles the program to one minified CommonJS file: `build-bundle.ts ENTRY OUTPUT`.
 *
 * Node modules that most runs do not need are loaded at their first use: each costs milliseconds at start (seconds, all
 * together, in an emulated guest), and `lifeboot plan` needs none of them.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin, transformSync } from 'esbuild';
import { writeAtomically } from './files.ts';
import { repoDir } from './node-package.ts';

const LAZY_MODULES = ['node:child_process', 'node:crypto', 'node:os', 'node:net', 'node:zlib', 'node:readline'];

/** A `require` that hands out a stand-in which loads the module when one of its members is first read. */
const LAZY_REQUIRE = `function lazyRequire(name) {
  return new Proxy({}, { get: (_, member) => require(name)[member] });
}`;

/** Turns the top-level requires of `LAZY_MODULES` in a bundle that is not minified yet into lazy ones. */
export function requireLazily(bundle: string): string {
  const lazy = LAZY_MODULES.reduce(
    (text, name) => text.replaceAll(`require("${name}")`, `lazyRequire("${name}")`),
    bundle,
  );
  return lazy === bundle ? bundle : `${LAZY_REQUIRE}\n${lazy}`;
}

/** A default or namespace import copies a module's members at once, which would load it: refuse it here. */
const refuseEagerImports: Plugin = {
  name: 'refuse-eager-imports',
  setup(build) {
    build.onLoad({ filter: /src\/.*\.ts$/ }, ({ path }) => {
      const eager = /^import (?:\w+|\* as \w+)(?:, .*)? from '(node:[a-z_]+)'/gm;
      const found = [...readFileSync(path, 'utf8').matchAll(eager)].find(([, name]) =>
        LAZY_MODULES.includes(name ?? ''),
      );
      if (found === undefined) return null;
      return { errors: [{ text: `${path}: import names from '${found[1]}', not the whole module` }] };
    });
  },
};

async function bundle(entry: string, output: string): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(repoDir, 'package.json'), 'utf8'));
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    treeShaking: true,
    minifySyntax: true,
    define: { LIFEBOOT_VERSION: JSON.stringify(version) },
    logLevel: 'warning',
    plugins: [refuseEagerImports],
  });
  const text = requireLazily(result.outputFiles[0]?.text ?? '');
  writeAtomically(output, transformSync(text, { minify: true, target: 'node24', legalComments: 'none' }).code);
  console.log(`${output}: ${statSync(output).size} bytes`);
}

if (import.meta.main) {
  const [entry = join(repoDir, 'src/main.ts'), output = join(repoDir, 'dist/lifeboot.cjs')] = process.argv.slice(2);
  await bundle(entry, output);
}
